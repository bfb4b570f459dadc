// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";

/// @title The rules of the permission contract on OpenZeppelin's roles, for comparison
/// @notice A role for the membership of a share, one for each of its columns, one for each of insert and delete. Plain fields
/// in a structure, a mapping of acknowledgements: how the library's documentation would have it.
contract RolesShares is AccessControl {
    struct Share {
        uint256 version;
        uint256 committedVersion;
        uint256 members;
        uint256 awaited;
        uint256 lastBlock;
        uint256 lastTime;
        address requester;
        bytes32 chain;
    }

    event UpdateRequested(
        uint256 indexed share,
        uint256 version,
        address indexed by,
        uint256[] attributes,
        uint256 operations,
        bytes32 contentHash,
        bytes32 updateHash
    );
    event Acked(uint256 indexed share, uint256 version, address indexed peer);
    event Committed(uint256 indexed share, uint256 version, bytes32 updateHash);

    error UpdatePending(uint256 share, uint256 version);
    error OneRequestABlock(uint256 share);
    error NothingPending(uint256 share);
    error WrongUpdate(uint256 share, uint256 version, bytes32 updateHash);
    error NotAwaited(uint256 share, address peer);

    mapping(uint256 share => Share) public shares;
    mapping(uint256 share => mapping(uint256 version => mapping(address peer => bool))) public acked;

    constructor() {
        _grantRole(DEFAULT_ADMIN_ROLE, msg.sender);
    }

    function memberRole(uint256 share) public pure returns (bytes32) {
        return keccak256(abi.encode("member", share));
    }

    function columnRole(uint256 share, uint256 attribute) public pure returns (bytes32) {
        return keccak256(abi.encode("update", share, attribute));
    }

    function rowRole(uint256 share, uint256 operation) public pure returns (bytes32) {
        return keccak256(abi.encode("row", share, operation));
    }

    function addMember(uint256 share, address peer) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _grantRole(memberRole(share), peer);
        ++shares[share].members;
    }

    function requestUpdate(uint256 share, uint256[] calldata attributes, uint256 operations, bytes32 contentHash)
        external
        onlyRole(memberRole(share))
        returns (uint256 version)
    {
        Share storage it = shares[share];
        if (it.awaited != 0) revert UpdatePending(share, it.version);
        if (it.lastBlock == block.number) revert OneRequestABlock(share);
        for (uint256 i; i < attributes.length; ++i) {
            _checkRole(columnRole(share, attributes[i]));
        }
        if (operations & 2 != 0) _checkRole(rowRole(share, 2));
        if (operations & 4 != 0) _checkRole(rowRole(share, 4));
        version = ++it.version;
        it.awaited = it.members - 1;
        it.lastBlock = block.number;
        it.lastTime = block.timestamp;
        it.requester = msg.sender;
        acked[share][version][msg.sender] = true;
        it.chain = keccak256(abi.encode(it.chain, share, version, msg.sender, attributes, operations, contentHash));
        emit UpdateRequested(share, version, msg.sender, attributes, operations, contentHash, it.chain);
    }

    function ack(uint256 share, uint256 version, bytes32 updateHash) external onlyRole(memberRole(share)) {
        Share storage it = shares[share];
        if (it.awaited == 0) revert NothingPending(share);
        if (version != it.version || updateHash != it.chain) revert WrongUpdate(share, it.version, it.chain);
        if (acked[share][version][msg.sender]) revert NotAwaited(share, msg.sender);
        acked[share][version][msg.sender] = true;
        emit Acked(share, version, msg.sender);
        if (--it.awaited == 0) {
            it.committedVersion = version;
            emit Committed(share, version, updateHash);
        }
    }
}
