"""A chain in this process (eth-tester on py-evm) behind Ethereum's JSON-RPC on loopback: for the demo and for tests.

Its blocks hold one transaction each, mined as it is sent, and it forgets everything at the end of the process.
"""

from __future__ import annotations

import ast
import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MOST_OCTETS = 2**20
CHAIN_ID = 131277322940537  # eth-tester's


class LocalChain:
    """eth-tester, asked as nodes are asked; one call at a time."""

    def __init__(self) -> None:
        from eth_tester import EthereumTester, PyEVMBackend

        self._tester = EthereumTester(PyEVMBackend())
        self._lock = threading.Lock()
        self.down = False

    def ask(self, method: str, parameters: Sequence[Any]) -> dict[str, Any]:
        """See `bxc_runtime.chains.rpc.Ask`."""
        from eth_tester.exceptions import BlockNotFound, TransactionFailed, TransactionNotFound, ValidationError
        from eth_utils.exceptions import ValidationError as EvmValidationError

        handler = getattr(self, method, None)
        if not method.startswith(("eth_", "evm_")) or handler is None:
            return {"error": {"code": -32601, "message": f"there is no method {method}"}}
        try:
            with self._lock:
                return {"result": handler(*parameters)}
        except (BlockNotFound, TransactionNotFound):
            return {"result": None}
        except TransactionFailed as error:
            return {"error": {"code": 3, "message": "execution reverted", "data": _reverted(error)}}
        except (ValidationError, EvmValidationError) as error:
            return {"error": {"code": -32000, "message": _nodes_words(str(error))}}

    # --- methods, by their names on the wire --------------------------------------------------------------------------

    def eth_chainId(self) -> str:  # noqa: N802
        return hex(CHAIN_ID)

    def eth_blockNumber(self) -> str:  # noqa: N802
        return hex(self._tester.get_block_by_number("latest")["number"])

    def eth_accounts(self) -> list[str]:
        return [str(account) for account in self._tester.get_accounts()]

    def eth_sendTransaction(self, message: dict[str, Any]) -> str:  # noqa: N802
        plain = {"from": message["from"], "to": message["to"], "value": int(message["value"], 16)}
        return str(self._tester.send_transaction({**plain, "gas": int(message["gas"], 16)}))

    def eth_gasPrice(self) -> str:  # noqa: N802
        return hex(10**9)

    def eth_maxPriorityFeePerGas(self) -> str:  # noqa: N802
        return hex(10**9)

    def eth_getCode(self, address: str, _: Any = "latest") -> str:  # noqa: N802
        return str(self._tester.get_code(address))

    def eth_getBalance(self, address: str, _: Any = "latest") -> str:  # noqa: N802
        return hex(self._tester.get_balance(address))

    def eth_getTransactionCount(self, address: str, _: Any = "latest") -> str:  # noqa: N802
        return hex(self._tester.get_nonce(address))

    def eth_getBlockByNumber(self, which: str, _: bool = False) -> dict[str, Any]:  # noqa: N802
        found = self._tester.get_block_by_number(_block(which))
        return {
            "number": hex(found["number"]),
            "hash": found["hash"],
            "parentHash": found["parent_hash"],
            "timestamp": hex(found["timestamp"]),
            "baseFeePerGas": hex(found["base_fee_per_gas"]),
        }

    def eth_call(self, message: dict[str, Any], which: str = "latest") -> str:
        asker = {"from": self._tester.get_accounts()[0]}  # eth-tester wants one, and one with money
        return str(self._tester.call(_message({**asker, **message}), _block(which)))

    def eth_estimateGas(self, message: dict[str, Any], _: Any = None) -> str:  # noqa: N802
        return hex(self._tester.estimate_gas(_message(message)))

    def eth_sendRawTransaction(self, raw: str) -> str:  # noqa: N802
        return str(self._tester.send_raw_transaction(raw))

    def eth_getTransactionReceipt(self, number: str) -> dict[str, Any]:  # noqa: N802
        found = self._tester.get_transaction_receipt(number)
        return {
            "blockNumber": None if found["block_number"] is None else hex(found["block_number"]),
            "blockHash": found["block_hash"],
            "status": hex(found["status"]),
            "gasUsed": hex(found["gas_used"]),
            "contractAddress": found["contract_address"],
            "transactionHash": number,
        }

    def eth_getLogs(self, wanted: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802
        head = self._tester.get_block_by_number("latest")["number"]
        first, last = int(wanted["fromBlock"], 16), min(int(wanted["toBlock"], 16), head)
        found = self._tester.get_logs(from_block=first, to_block=last, address=wanted["address"])
        return [
            {
                "blockNumber": hex(log["block_number"]),
                "blockHash": log["block_hash"],
                "logIndex": hex(log["log_index"]),
                "topics": list(log["topics"]),
                "data": log["data"],
            }
            for log in found
        ]

    def evm_increaseTime(self, seconds: int) -> None:  # noqa: N802
        now = self._tester.get_block_by_number("latest")["timestamp"]
        self._tester.time_travel(now + int(seconds))

    def evm_mine(self) -> None:
        self._tester.mine_block()


def _reverted(error: Exception) -> str | None:
    """What a call reverted with: eth-tester gives the text of the octets."""
    try:
        data = ast.literal_eval(str(error.args[0])) if error.args else None
    except (ValueError, SyntaxError):
        return None
    return "0x" + data.hex() if isinstance(data, bytes) else None


def _nodes_words(message: str) -> str:
    """What a node would say of a nonce."""
    found = re.search(r"nonce: Expected (\d+), but got (\d+)", message)
    if found is None:
        return message
    return "nonce too low" if int(found[2]) < int(found[1]) else "nonce too high"


def _block(which: str) -> Any:
    return int(which, 16) if which.startswith("0x") else which


def _message(message: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: message[name] for name in ("from", "to", "data") if name in message}
    return {"gas": 16_000_000, **kept}


@contextmanager
def served(chain: LocalChain, port: int = 0) -> Iterator[str]:
    """The chain on a port of loopback for the time of a block; its endpoint."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = min(int(self.headers.get("content-length", "0")), MOST_OCTETS)
            if chain.down:
                self.send_error(503)
                return
            try:
                question = json.loads(self.rfile.read(length))
            except (ValueError, OSError):  # whoever asks has been killed while it spoke
                self.close_connection = True
                return
            answer = chain.ask(question["method"], question.get("params", ()))
            body = json.dumps({"jsonrpc": "2.0", "id": question.get("id"), **answer}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Say nothing: whoever asked has been killed while it spoke."""

    server = Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
