// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The metadata collection of the paper as it is drawn, for comparison
/// @notice An entry a shared table, found by its name: its sharing peers, who may update each attribute, the latest update
/// time, the authority to change permission. What the figure does not have, the acknowledgements, is added in its style.
contract TableShares {
    struct Entry {
        address[] sharingPeers;
        mapping(string attribute => address[]) authorizedUpdate;
        uint256 latestUpdateTime;
        address authorityToChangePermission;
        uint256 latestBlock;
        uint256 version;
        uint256 committedVersion;
        uint256 awaited;
        address requester;
        bytes32 chain;
        mapping(address peer => uint256 version) acknowledged;
    }

    event UpdateRequested(
        string metadata,
        uint256 version,
        address indexed by,
        string[] attributes,
        bytes32 contentHash,
        bytes32 updateHash
    );
    event Acked(string metadata, uint256 version, address indexed peer);
    event Committed(string metadata, uint256 version, bytes32 updateHash);

    mapping(string metadata => Entry) private entries;

    function declare(string calldata metadata, address[] calldata peers) external {
        require(entries[metadata].sharingPeers.length == 0, "declared before");
        entries[metadata].sharingPeers = peers;
        entries[metadata].authorityToChangePermission = msg.sender;
    }

    function permit(string calldata metadata, string calldata attribute, address peer) external {
        Entry storage entry = entries[metadata];
        require(msg.sender == entry.authorityToChangePermission, "not the authority");
        entry.authorizedUpdate[attribute].push(peer);
    }

    function requestUpdate(string calldata metadata, string[] calldata attributes, bytes32 contentHash) external {
        Entry storage entry = entries[metadata];
        require(contains(entry.sharingPeers, msg.sender), "not a sharing peer");
        require(entry.awaited == 0, "an update is pending");
        require(entry.latestBlock != block.number, "one request a block");
        require(attributes.length != 0, "nothing asked");
        for (uint256 i; i < attributes.length; ++i) {
            require(contains(entry.authorizedUpdate[attributes[i]], msg.sender), "no right");
        }
        ++entry.version;
        entry.awaited = entry.sharingPeers.length - 1;
        entry.latestBlock = block.number;
        entry.latestUpdateTime = block.timestamp;
        entry.requester = msg.sender;
        entry.acknowledged[msg.sender] = entry.version;
        entry.chain = keccak256(abi.encode(entry.chain, metadata, entry.version, msg.sender, attributes, contentHash));
        emit UpdateRequested(metadata, entry.version, msg.sender, attributes, contentHash, entry.chain);
    }

    function ack(string calldata metadata, uint256 version, bytes32 updateHash) external {
        Entry storage entry = entries[metadata];
        require(contains(entry.sharingPeers, msg.sender), "not a sharing peer");
        require(entry.awaited != 0, "nothing pending");
        require(version == entry.version && updateHash == entry.chain, "another update");
        require(entry.acknowledged[msg.sender] != version, "acknowledged before");
        entry.acknowledged[msg.sender] = version;
        emit Acked(metadata, version, msg.sender);
        if (--entry.awaited == 0) {
            entry.committedVersion = version;
            emit Committed(metadata, version, updateHash);
        }
    }

    function state(string calldata metadata) external view returns (uint256 version, bytes32 chain) {
        return (entries[metadata].version, entries[metadata].chain);
    }

    function contains(address[] storage peers, address peer) private view returns (bool) {
        for (uint256 i; i < peers.length; ++i) {
            if (peers[i] == peer) return true;
        }
        return false;
    }
}
