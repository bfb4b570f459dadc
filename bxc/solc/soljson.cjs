#!/usr/bin/env node
// A Solidity compiler's command line over npm's `solc`: `--standard-json` (stdin → stdout) and `--version`.
//
// The file to load is named by BXC_SOLC_JS. npm's own `solcjs` prints a line of its own on stdout where it finds no SMT
// solver; here stdout holds the compiler's answer and nothing else.
'use strict';
const fs = require('fs');
const path = require('path');

const log = console.error;
console.log = console.info = console.debug = console.warn = log;

function soljson() {
  const named = process.env.BXC_SOLC_JS;
  if (!named) throw new Error('BXC_SOLC_JS must name soljson.js, or the folder of the npm package `solc`');
  const file = fs.statSync(named).isDirectory() ? path.join(named, 'soljson.js') : named;
  const compiler = require(path.resolve(file));
  for (const event of ['uncaughtException', 'unhandledRejection']) process.removeAllListeners(event);
  return compiler;
}

function answer(text) {
  const bytes = Buffer.from(text, 'utf8');
  for (let done = 0; done < bytes.length; ) {
    try {
      done += fs.writeSync(1, bytes, done);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

function main() {
  const options = process.argv.slice(2);
  const known = ['--standard-json', '--no-import-callback', '--version'];
  const unknown = options.find((option) => !known.includes(option));
  if (unknown !== undefined || options.length === 0) {
    throw new Error(`usage: soljson.cjs --version | --standard-json [--no-import-callback]; not ${unknown}`);
  }
  const compiler = soljson();
  if (options.includes('--version')) {
    const version = compiler.cwrap('solidity_version', 'string', [])();
    answer(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`);
    return;
  }
  const compile = compiler.cwrap('solidity_compile', 'string', ['string', 'number', 'number']);
  answer(compile(fs.readFileSync(0, 'utf8'), 0, 0) + '\n');
}

try {
  main();
} catch (error) {
  log(String((error && error.message) || error).split('\n')[0].slice(0, 500));
  process.exitCode = 1;
}
