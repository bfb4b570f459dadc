// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The calls of the contract.
interface Registry {
    struct Request {
        uint256 share;
        uint256 attributes;
        uint256 operations;
        bytes32 contentHash;
    }

    struct Ack {
        uint256 share;
        uint256 version;
        bytes32 updateHash;
    }

    struct Signature {
        bytes32 r;
        bytes32 vs;
    }

    function requestUpdate(uint256 share, uint256 attributes, uint256 operations, bytes32 contentHash) external;
    function requestUpdates(Request[] calldata requests) external;
    function openShare(uint256 share, bytes32 contentHash) external;
    function ack(uint256 share, uint256 version, bytes32 updateHash) external;
    function acks(Ack[] calldata list) external;
    function ackBySignature(uint256 share, uint256 version, bytes32 updateHash, Signature[] calldata signatures) external;
    function reject(uint256 share, uint256 version, bytes32 updateHash, bytes32 reason) external;
    function cancel(uint256 share) external;
    function exclude(uint256 share, address peer) external;
    function setRights(uint256 share, address peer, uint256 attributes, uint256 operations) external;
    function offerAuthority(uint256 share, address peer) external;
    function acceptAuthority(uint256 share) external;
    function declareShare(
        address[] calldata members,
        uint256[] calldata attributes,
        uint256[] calldata operations,
        address authority,
        uint256 deadline,
        uint256 policy,
        bytes32 schemaHash
    ) external;
    function inviteMember(uint256 share, address peer, uint256 attributes, uint256 operations) external;
    function withdrawInvitation(uint256 share, address peer) external;
    function joinShare(uint256 share) external;
    function leaveShare(uint256 share) external;
    function closeShare(uint256 share) external;
    function migrateShare(uint256 share, address successor) external;
    function specHash() external view returns (bytes32);
}

/// @notice The cheat codes of foundry that halmos knows.
interface Vm {
    function assume(bool condition) external;
    function getCode(string calldata path) external returns (bytes memory);
    function load(address target, bytes32 slot) external view returns (bytes32);
    function prank(address sender) external;
    function roll(uint256 number) external;
    function store(address target, bytes32 slot, bytes32 value) external;
    function warp(uint256 timestamp) external;
}

/// @notice The cheat codes of halmos: values of which nothing is known.
interface Svm {
    function createAddress(string memory name) external returns (address);
    function createBytes32(string memory name) external returns (bytes32);
    function createUint(uint256 bits, string memory name) external returns (uint256);
}

/// @title What holds of every call, whoever makes it, with whatever arguments, in whatever block and state
/// @notice Each `check_` makes one call in an arbitrary state of the share clinical, which here has three members, and
/// compares the words that the contract keeps before and after it. What one call does not break in any state, no history
/// breaks. `state` says what is taken for granted of a state (and `soundStatesStaySound` that the calls keep it so);
/// `encoded` says which arguments are tried. Properties are written without branches: each would double the paths.
contract Properties {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Svm private constant SVM = Svm(address(uint160(uint256(keccak256("svm cheat code")))));

    address private constant PATIENT = address(0x1001);
    address private constant DOCTOR = address(0x1002);
    address private constant RESEARCHER = address(0x1003);
    uint256 private constant MEMBERS = 3;
    uint256 private constant STRANGER = 3;
    uint256 private constant COLUMNS = 240;
    uint256 private constant ALL = (1 << COLUMNS) - 1;
    uint256 private constant SHARE = 0;

    uint256 private constant UPDATE = 1;
    uint256 private constant ROWS = 6;
    uint256 private constant OPERATIONS = 240;
    uint256 private constant RIGHTS = (1 << 243) - 1;
    uint256 private constant EXCLUDE = 1;
    uint256 private constant CANCEL = 2;

    enum Call {
        RequestUpdate,
        RequestUpdates,
        OpenShare,
        Ack,
        Acks,
        AckBySignature,
        Reject,
        Cancel,
        Exclude,
        SetRights,
        OfferAuthority,
        AcceptAuthority,
        DeclareShare,
        InviteMember,
        WithdrawInvitation,
        JoinShare,
        LeaveShare,
        CloseShare,
        MigrateShare
    }

    /// @notice All that is kept of the share: its words, those of its three members and, at last, of a stranger.
    struct Seen {
        uint256 head;
        bytes32 chain;
        uint256 terms;
        uint256 delegated;
        uint256[4] seats;
        uint256[4] desks;
        uint256 invitation;
    }

    /// @notice One call: of what, by whom and about whom (by index), with what.
    struct Made {
        Call what;
        uint256 by;
        uint256 about;
        uint256 one;
        uint256 two;
        bytes32 three;
        bytes32 four;
        bool done;
    }

    Registry private registry;
    address private stranger;

    /// @notice The spec's contract; the researcher has joined the share of patient and doctor.
    function setUp() public {
        address[] memory peers = new address[](3);
        (peers[0], peers[1], peers[2]) = (PATIENT, DOCTOR, RESEARCHER);
        bytes memory code = abi.encodePacked(VM.getCode("contract.json"), abi.encode(peers));
        Registry made;
        assembly {
            made := create(0, add(code, 0x20), mload(code))
        }
        registry = made;
        VM.prank(DOCTOR);
        registry.inviteMember(SHARE, RESEARCHER, 0, 0);
        // Otherwise states would be written and read where the contract does not keep them.
        require(load(invitationSlot(RESEARCHER)) != 0, "invitations are elsewhere");
        VM.prank(RESEARCHER);
        registry.joinShare(SHARE);
        require(uint256(load(bytes32(0))) == 2, "shareCount is elsewhere");
        require(uint256(load(shareSlot(0))) == 7, "head is elsewhere");
        require(uint256(load(seatSlot(RESEARCHER))) >> 244 == (1 << 8) | 2, "seats are elsewhere");
    }

    // --- each call, whatever the state ---------------------------------------------------------------------------------

    function check_requestUpdate() public {
        any(Call.RequestUpdate);
    }

    function check_requestUpdates() public {
        any(Call.RequestUpdates);
    }

    function check_openShare() public {
        any(Call.OpenShare);
    }

    function check_ack() public {
        any(Call.Ack);
    }

    function check_acks() public {
        any(Call.Acks);
    }

    function check_ackBySignature() public {
        any(Call.AckBySignature);
    }

    function check_reject() public {
        any(Call.Reject);
    }

    function check_cancel() public {
        any(Call.Cancel);
    }

    function check_exclude() public {
        any(Call.Exclude);
    }

    function check_setRights() public {
        any(Call.SetRights);
    }

    function check_offerAuthority() public {
        any(Call.OfferAuthority);
    }

    function check_acceptAuthority() public {
        any(Call.AcceptAuthority);
    }

    function check_declareShare() public {
        any(Call.DeclareShare);
    }

    function check_inviteMember() public {
        any(Call.InviteMember);
    }

    function check_withdrawInvitation() public {
        any(Call.WithdrawInvitation);
    }

    function check_joinShare() public {
        any(Call.JoinShare);
    }

    function check_leaveShare() public {
        any(Call.LeaveShare);
    }

    function check_closeShare() public {
        any(Call.CloseShare);
    }

    function check_migrateShare() public {
        any(Call.MigrateShare);
    }

    /// @notice A share that is closed stays as it is, whatever is called.
    function check_closed_share_never_changes() public {
        state();
        keep(shareSlot(0), uint256(load(shareSlot(0))) & ~uint256(type(uint128).max));
        Seen memory before = seen();
        uint256 what = SVM.createUint(8, "call");
        for (uint256 i; i <= uint256(Call.MigrateShare); ++i) {
            if (what != i) continue;
            Made memory made = call(Call(i));
            assert(!made.done || made.what == Call.DeclareShare);
            Seen memory later = seen();
            assert(changes(before, later) == 0);
            return;
        }
    }

    /// @dev One call in any state; then all properties.
    function any(Call what) private {
        state();
        if (what == Call.Exclude || what == Call.LeaveShare) oneOfferAtMost();
        Seen memory before = seen();
        Made memory made = call(what);
        if (!made.done) return;
        Seen memory later = seen();
        // One assertion: each more would cost a question to the solver on every path.
        bool so = true;
        if (what == Call.RequestUpdate || what == Call.RequestUpdates) so = both(so, noRequestWithoutRight(before, made));
        so = both(so, neverTwoPending(before, made, later));
        so = both(so, noAckWithoutThePendingHash(before, made, later));
        so = both(so, noCommitWithoutAllAcks(before, made, later));
        so = both(so, rightsChangeByAuthorityOnly(before, made, later));
        so = both(so, membersComeAndGoByTheRules(before, made, later));
        so = both(so, invitationsByAuthorityOnly(before, made, later));
        so = both(so, chainGrowsByRequestsOnly(before, made, later));
        so = both(so, authorityMovesByOfferAndAccept(before, made, later));
        so = both(so, offersByTheirMakerOnly(before, made, later));
        so = both(so, strangersChangeNothing(before, made, later));
        so = both(so, soundStatesStaySound(before, later));
        assert(so);
    }

    // --- the properties ------------------------------------------------------------------------------------------------

    /// @dev Nobody makes a request without every right that it needs, and no stranger makes one.
    function noRequestWithoutRight(Seen memory before, Made memory made) private pure returns (bool so) {
        so = true;
        so = both(so, made.by < MEMBERS);
        so = both(so, made.one & ~(before.seats[made.by] & ALL) == 0);
        so = both(so, made.two & ~((before.seats[made.by] >> OPERATIONS) & 7) == 0);
        so = both(so, made.two != 0);
        so = both(so, (made.one != 0) == (made.two & UPDATE != 0));
    }

    /// @dev No call asks for a version while another one is pending, nor in the block of the one before it (blocks are
    /// counted modulo 2^32). All members but the requester are awaited then.
    function neverTwoPending(Seen memory before, Made memory made, Seen memory later) private view returns (bool so) {
        so = true;
        bool asked = version(later) != version(before);
        so = both(so, implies(asked, pending(before) == 0));
        so = both(so, implies(asked, pending(later) == members(before) & ~(1 << made.by)));
        so = both(so, implies(asked, uint32(before.head >> 168) != uint32(block.number)));
        so = both(so, implies(asked, uint32(later.head >> 168) == uint32(block.number)));
        so = both(so, implies(!asked, pending(later) & ~pending(before) == 0));
    }

    /// @dev A member is awaited no more only if it acknowledges or rejects that very version and hash, signs such an
    /// acknowledgement, is excluded after the deadline, or the update is cancelled by who may.
    function noAckWithoutThePendingHash(Seen memory before, Made memory made, Seen memory later) private view returns (bool so) {
        so = true;
        uint256 gone = pending(before) & ~pending(later);
        bool ended = gone != 0;
        bool same = both(made.one == version(before), made.three == before.chain);
        if (made.what == Call.Ack || made.what == Call.Acks) {
            so = both(so, implies(ended, same));
            so = both(so, implies(ended, gone == 1 << made.by));
        } else if (made.what == Call.AckBySignature) {
            address who = signer(made);
            so = both(so, implies(ended, same));
            so = both(so, implies(ended, gone & (gone - 1) == 0));
            for (uint256 i; i < MEMBERS; ++i) {
                so = both(so, implies(gone >> i == 1, who == peerAt(i)));
            }
        } else if (made.what == Call.Reject) {
            so = both(so, implies(ended, same));
            so = both(so, implies(ended, pending(before) & (1 << made.by) != 0));
        } else if (made.what == Call.Exclude) {
            so = both(so, implies(ended, gone == 1 << made.about));
            so = both(so, implies(ended, made.about != chief(before)));
            so = both(so, implies(ended, either(chief(before) == made.by, policy(before) == EXCLUDE)));
            so = both(so, implies(ended, overdue(before)));
        } else if (made.what == Call.Cancel) {
            bool may = either(made.by == chief(before), both(made.by < MEMBERS, made.by + 1 == requester(before)));
            so = both(so, implies(ended, either(may, both(policy(before) == CANCEL, overdue(before)))));
        } else {
            so = both(so, !ended);
        }
    }

    /// @dev A version is committed when the last awaited member acknowledges it or is excluded, and only then.
    function noCommitWithoutAllAcks(Seen memory before, Made memory made, Seen memory later) private pure returns (bool so) {
        so = true;
        bool commit = committed(later) != committed(before);
        if (!answers(made.what) && made.what != Call.Exclude) {
            so = both(so, !commit);
            return so;
        }
        so = both(so, implies(commit, pending(before) != 0));
        so = both(so, implies(commit, pending(before) & (pending(before) - 1) == 0));
        so = both(so, implies(commit, committed(later) == version(before)));
        so = both(so, implies(both(pending(before) != 0, pending(later) == 0), commit));
    }

    /// @dev The rights of members change by an authority only, while nothing is pending, and by one over some columns in
    /// those columns only; otherwise they end with a membership.
    function rightsChangeByAuthorityOnly(Seen memory before, Made memory made, Seen memory later) private pure returns (bool so) {
        so = true;
        for (uint256 i; i < MEMBERS; ++i) {
            uint256 changed = before.seats[i] ^ later.seats[i];
            if (made.what == Call.SetRights && i == made.about) {
                so = both(so, made.by < MEMBERS);
                uint256 rows = filled(made.by == chief(before)) & (ROWS << OPERATIONS);
                so = both(so, changed & ~(held(before, made.by) | rows | (UPDATE << OPERATIONS)) == 0);
                so = both(so, later.seats[i] & RIGHTS == made.one | (made.two << OPERATIONS));
                so = both(so, pending(before) == 0);
            } else if ((made.what == Call.LeaveShare && i == made.by) || (made.what == Call.Exclude && i == made.about)) {
                so = both(so, later.seats[i] == 0);
            } else {
                so = both(so, changed == 0);
            }
        }
    }

    /// @dev A stranger becomes a member by its own call, with the rights for which it was invited; a member ends to be one
    /// when it leaves, is excluded, or the authority closes the share. Nobody comes while an update is pending, and only
    /// the excluded go.
    function membersComeAndGoByTheRules(Seen memory before, Made memory made, Seen memory later) private pure returns (bool so) {
        so = true;
        uint256 left = members(later);
        if (made.what == Call.JoinShare) {
            so = both(so, made.by == STRANGER);
            so = both(so, before.invitation != 0);
            so = both(so, later.seats[STRANGER] == before.invitation | (STRANGER << 244));
            so = both(so, left == members(before) | (1 << STRANGER));
        } else if (made.what == Call.LeaveShare || made.what == Call.Exclude) {
            uint256 goes = made.what == Call.LeaveShare ? made.by : made.about;
            so = both(so, left == members(before) & ~(1 << goes));
            so = both(so, goes != chief(before));
        } else if (made.what == Call.CloseShare || made.what == Call.MigrateShare) {
            so = both(so, left == 0);
            so = both(so, made.by == chief(before));
        } else {
            so = both(so, left == members(before));
        }
        so = both(so, implies(left != members(before), either(pending(before) == 0, made.what == Call.Exclude)));
        if (made.what != Call.JoinShare) so = both(so, later.seats[STRANGER] == 0);
    }

    /// @dev Invitations are made by the share's authority alone, and not for columns of another one.
    function invitationsByAuthorityOnly(Seen memory before, Made memory made, Seen memory later) private pure returns (bool so) {
        so = true;
        if (made.what == Call.JoinShare) {
            so = both(so, later.invitation == 0);
        } else if (made.what == Call.InviteMember || made.what == Call.WithdrawInvitation) {
            so = both(so, made.by == chief(before));
            so = both(so, made.about == STRANGER);
            so = both(so, later.invitation & before.delegated == 0);
        } else {
            so = both(so, later.invitation == before.invitation);
        }
    }

    /// @dev The chain of updates grows by one link a request, made of what was asked, and by nothing else.
    function chainGrowsByRequestsOnly(Seen memory before, Made memory made, Seen memory later) private view returns (bool so) {
        so = true;
        bool opening = made.what == Call.OpenShare;
        if (!opening && made.what != Call.RequestUpdate && made.what != Call.RequestUpdates) {
            so = both(so, version(later) == version(before));
            so = both(so, later.chain == before.chain);
            return so;
        }
        so = both(so, version(later) == version(before) + 1);
        so = both(so, opening == (committed(before) == 0));
        bytes32 first = keccak256(abi.encode(registry.specHash(), SHARE));
        bytes32 link = before.chain | bytes32(uint256(first) & filled(before.chain == 0));
        (uint256 attributes, uint256 operations) = opening ? (0, 0) : (made.one, made.two);
        bytes memory asked =
            abi.encode(link, SHARE, version(later), peerAt(made.by), attributes, operations, made.three);
        so = both(so, later.chain == keccak256(asked));
    }

    /// @dev Authority moves only to who accepts it, from who has offered it; what a member that goes had over columns
    /// goes to the share's authority.
    function authorityMovesByOfferAndAccept(Seen memory before, Made memory made, Seen memory later) private pure returns (bool so) {
        so = true;
        bool moved = chief(later) != chief(before);
        if (made.what != Call.AcceptAuthority) so = both(so, !moved);
        for (uint256 i; i < MEMBERS; ++i) {
            uint256 lost = held(before, i) & ~held(later, i);
            uint256 got = held(later, i) & ~held(before, i);
            if (made.what == Call.AcceptAuthority) {
                so = both(so, implies(both(moved, chief(before) == i), offers(before, i, made.by)));
                so = both(so, implies(moved, chief(later) == made.by));
                so = both(so, implies(lost != 0, offers(before, i, made.by)));
                so = both(so, implies(got != 0, i == made.by));
            } else if (made.what == Call.LeaveShare || made.what == Call.Exclude) {
                so = both(so, implies(lost != 0, i == (made.what == Call.LeaveShare ? made.by : made.about)));
                so = both(so, implies(got != 0, i == chief(before)));
            } else {
                so = both(so, lost | got == 0);
            }
        }
    }

    /// @dev An offer is made and taken back by who offers, and ends with who offers or is offered to.
    function offersByTheirMakerOnly(Seen memory before, Made memory made, Seen memory later) private pure returns (bool so) {
        so = true;
        for (uint256 i; i < MEMBERS; ++i) {
            for (uint256 to; to < MEMBERS; ++to) {
                bool was = offers(before, i, to);
                bool is_ = offers(later, i, to);
                if (made.what == Call.OfferAuthority && made.by == i) {
                    so = both(so, implies(both(is_, !was), both(made.about == to, i != to)));
                } else if (made.what == Call.AcceptAuthority) {
                    so = both(so, is_ == both(was, to != made.by));
                } else if (made.what == Call.LeaveShare || made.what == Call.Exclude) {
                    uint256 goes = made.what == Call.LeaveShare ? made.by : made.about;
                    so = both(so, is_ == both(was, both(i != goes, to != goes)));
                } else {
                    so = both(so, is_ == was);
                }
            }
        }
    }

    /// @dev A stranger cannot change the share but by what a member has signed or the share's policy allows to all.
    function strangersChangeNothing(Seen memory before, Made memory made, Seen memory later) private view returns (bool so) {
        so = true;
        if (made.by != STRANGER || made.what == Call.AckBySignature || made.what == Call.JoinShare) return so;
        if (made.what == Call.Cancel || made.what == Call.Exclude) {
            so = both(so, policy(before) == (made.what == Call.Cancel ? CANCEL : EXCLUDE));
            so = both(so, overdue(before));
        } else {
            so = both(so, made.what == Call.DeclareShare);
            so = both(so, changes(before, later) == 0);
        }
    }

    /// @dev What `state` takes for granted holds after the call too.
    function soundStatesStaySound(Seen memory before, Seen memory later) private pure returns (bool so) {
        so = true;
        uint256 present = members(later);
        so = both(so, since(later) <= version(later));
        so = both(so, implies(since(later) == 0, pending(later) == 0));
        so = both(so, pending(later) & ~present == 0);
        so = both(so, pending(later) & ((1 << requester(later)) >> 1) == 0);
        so = both(so, requester(later) <= MEMBERS);
        so = both(so, (later.terms ^ before.terms) & ~((((1 << MEMBERS) - 1) << 88) | 0xffff) == 0);
        so = both(so, implies(present != 0, (present >> chief(later)) & 1 != 0));
        so = both(so, implies(present != 0, (present >> opener(later)) & 1 != 0));
        uint256 delegated;
        for (uint256 i; i < 4; ++i) {
            uint256 seat = later.seats[i];
            so = both(so, implies(present != 0, (seat != 0) == ((present >> i) & 1 != 0)));
            so = both(so, implies(seat != 0, seat >> 244 == (1 << 8) | i));
            so = both(so, (seat & ALL != 0) == ((seat >> OPERATIONS) & UPDATE != 0));
            so = both(so, delegated & later.desks[i] & ALL == 0);
            so = both(so, implies(chief(later) == i, later.desks[i] & ALL == 0));
            delegated |= later.desks[i] & ALL;
        }
        so = both(so, later.delegated == delegated);
    }

    // --- an arbitrary state --------------------------------------------------------------------------------------------

    /// @dev Any state of the share: any versions, blocks, times, requester, awaited members, hashes, terms, rights,
    /// authorities, offers, and an invitation of a stranger. Taken for granted, as the calls keep it so: the three members
    /// are 0, 1 and 2; the requester is not awaited; there are no more versions since the last commit than versions; an
    /// update bit is set iff columns are; of each column one member or the share has the authority; there is a link of the
    /// chain iff there is a version (no link is 0).
    function state() private {
        stranger = SVM.createAddress("stranger");
        VM.assume(stranger != PATIENT);
        VM.assume(stranger != DOCTOR);
        VM.assume(stranger != RESEARCHER);
        VM.roll(SVM.createUint(64, "block"));
        VM.warp(SVM.createUint(64, "time"));
        uint256 head = anyHead();
        keep(shareSlot(0), head);
        bytes32 link = SVM.createBytes32("chain");
        VM.assume(link != 0);
        keep(shareSlot(1), uint256(link) & filled(head >> 224 != 0));
        uint256 authority = below(MEMBERS, "authority");
        keep(
            shareSlot(2),
            authority | (below(MEMBERS, "opener") << 8) | (COLUMNS << 16) | (below(3, "policy") << 24)
                | (SVM.createUint(40, "deadline") << 32) | (SVM.createUint(MEMBERS, "offering") << 88)
        );
        uint256 delegated;
        for (uint256 i; i < MEMBERS; ++i) {
            keep(seatSlot(peerAt(i)), anyRights() | (i << 244));
            uint256 own = SVM.createUint(COLUMNS, "own columns") & ~delegated & ~filled(authority == i);
            delegated |= own;
            keep(deskSlot(i), own | (below(MEMBERS, "offered to") << 240));
        }
        keep(shareSlot(3), delegated);
        keep(invitationSlot(stranger), anyRights() & filled(SVM.createUint(1, "invited") != 0));
    }

    /// @dev Where a member goes, all offers are looked through: with all three, there would be thousands of paths.
    function oneOfferAtMost() private {
        uint256 offering = (uint256(load(shareSlot(2))) >> 88) & ((1 << MEMBERS) - 1);
        VM.assume(either(either(offering == 0, offering == 1), either(offering == 2, offering == 4)));
    }

    function anyHead() private returns (uint256) {
        uint256 count = SVM.createUint(32, "version");
        uint256 unsettled = SVM.createUint(24, "since");
        VM.assume(unsettled <= count);
        uint256 last = below(MEMBERS + 1, "requester");
        uint256 awaited = SVM.createUint(MEMBERS, "awaited") & ~((1 << last) >> 1) & filled(unsettled != 0);
        return (count << 224) | (unsettled << 200) | (SVM.createUint(64, "block and time") << 136) | (last << 128)
            | (awaited << 64) | ((1 << MEMBERS) - 1);
    }

    function anyRights() private returns (uint256) {
        uint256 attributes = SVM.createUint(COLUMNS, "attributes");
        uint256 operations = (SVM.createUint(2, "rows") << 1) | (filled(attributes != 0) & UPDATE);
        return (1 << 252) | (operations << OPERATIONS) | attributes;
    }

    function below(uint256 bound, string memory name) private returns (uint256 value) {
        value = SVM.createUint(8, name);
        VM.assume(value < bound);
    }

    function keep(bytes32 slot, uint256 word) private {
        VM.store(address(registry), slot, bytes32(word));
    }

    // --- one call ------------------------------------------------------------------------------------------------------

    /// @dev A call by any member or stranger, about any member or stranger, with any arguments; lists have one item (two, of
    /// a new share's members).
    function call(Call what) private returns (Made memory made) {
        made.what = what;
        made.by = what == Call.Exclude ? anyOf(1, "caller") : anyOf(MEMBERS, "caller");
        made.one = SVM.createUint(256, "one");
        made.two = SVM.createUint(256, "two");
        made.three = SVM.createBytes32("three");
        made.four = SVM.createBytes32("four");
        bytes memory data = encoded(made);
        VM.prank(peerAt(made.by));
        (made.done,) = address(registry).call(data);
    }

    function encoded(Made memory made) private returns (bytes memory) {
        Call what = made.what;
        if (what == Call.RequestUpdate) {
            return abi.encodeCall(Registry.requestUpdate, (SHARE, made.one, made.two, made.three));
        }
        if (what == Call.RequestUpdates) {
            Registry.Request[] memory list = new Registry.Request[](1);
            list[0] = Registry.Request(SHARE, made.one, made.two, made.three);
            return abi.encodeCall(Registry.requestUpdates, (list));
        }
        if (what == Call.OpenShare) return abi.encodeCall(Registry.openShare, (SHARE, made.three));
        if (what == Call.Ack) return abi.encodeCall(Registry.ack, (SHARE, made.one, made.three));
        if (what == Call.Acks) {
            Registry.Ack[] memory list = new Registry.Ack[](1);
            list[0] = Registry.Ack(SHARE, made.one, made.three);
            return abi.encodeCall(Registry.acks, (list));
        }
        if (what == Call.AckBySignature) {
            Registry.Signature[] memory list = new Registry.Signature[](1);
            list[0] = Registry.Signature(made.four, bytes32(made.two));
            return abi.encodeCall(Registry.ackBySignature, (SHARE, made.one, made.three, list));
        }
        if (what == Call.Reject) return abi.encodeCall(Registry.reject, (SHARE, made.one, made.three, made.four));
        if (what == Call.Cancel) return abi.encodeCall(Registry.cancel, (SHARE));
        if (what == Call.AcceptAuthority) return abi.encodeCall(Registry.acceptAuthority, (SHARE));
        if (what == Call.JoinShare) return abi.encodeCall(Registry.joinShare, (SHARE));
        if (what == Call.LeaveShare) return abi.encodeCall(Registry.leaveShare, (SHARE));
        if (what == Call.CloseShare) return abi.encodeCall(Registry.closeShare, (SHARE));
        return encodedAbout(made);
    }

    function encodedAbout(Made memory made) private returns (bytes memory) {
        Call what = made.what;
        made.about = what != Call.Exclude ? anyOf(MEMBERS, "peer") : anyOf(1, "peer") == 0 ? 1 : STRANGER;
        address peer = peerAt(made.about);
        if (what == Call.Exclude) return abi.encodeCall(Registry.exclude, (SHARE, peer));
        if (what == Call.SetRights) return abi.encodeCall(Registry.setRights, (SHARE, peer, made.one, made.two));
        if (what == Call.OfferAuthority) return abi.encodeCall(Registry.offerAuthority, (SHARE, peer));
        if (what == Call.InviteMember) return abi.encodeCall(Registry.inviteMember, (SHARE, peer, made.one, made.two));
        if (what == Call.WithdrawInvitation) return abi.encodeCall(Registry.withdrawInvitation, (SHARE, peer));
        if (what == Call.MigrateShare) return abi.encodeCall(Registry.migrateShare, (SHARE, peer));
        address[] memory two = new address[](2);
        (two[0], two[1]) = (peerAt(made.by), peer);
        uint256[] memory rights = new uint256[](2);
        return abi.encodeCall(Registry.declareShare, (two, rights, rights, peer, made.one, made.two, made.three));
    }

    /// @dev One of the first members or a stranger, told apart here: the contract's tables are then looked up at known
    /// places. To exclude, the caller is the first member or a stranger, and the peer the second or a stranger: indexes
    /// mean nothing else.
    function anyOf(uint256 count, string memory name) private returns (uint256) {
        uint256 index = SVM.createUint(8, name);
        if (index == 0) return 0;
        if (count > 1 && index == 1) return 1;
        if (count > 2 && index == 2) return 2;
        return STRANGER;
    }

    function signer(Made memory made) private view returns (address) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("bxc"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        bytes32 message = keccak256(
            abi.encode(keccak256("Ack(uint256 share,uint256 version,bytes32 updateHash)"), SHARE, made.one, made.three)
        );
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", domain, message));
        return ecrecover(digest, uint8((made.two >> 255) + 27), made.four, bytes32(made.two & ((1 << 255) - 1)));
    }

    // --- what is seen of a state ---------------------------------------------------------------------------------------

    function seen() private view returns (Seen memory now_) {
        now_.head = uint256(load(shareSlot(0)));
        now_.chain = load(shareSlot(1));
        now_.terms = uint256(load(shareSlot(2)));
        now_.delegated = uint256(load(shareSlot(3)));
        for (uint256 i; i < 4; ++i) {
            now_.seats[i] = uint256(load(seatSlot(peerAt(i))));
            now_.desks[i] = uint256(load(deskSlot(i)));
        }
        now_.invitation = uint256(load(invitationSlot(stranger)));
    }

    /// @dev The bits in which two states differ.
    function changes(Seen memory one, Seen memory other) private pure returns (uint256 bits) {
        bits = (one.head ^ other.head) | uint256(one.chain ^ other.chain) | (one.terms ^ other.terms)
            | (one.delegated ^ other.delegated) | (one.invitation ^ other.invitation);
        for (uint256 i; i < 4; ++i) {
            bits |= (one.seats[i] ^ other.seats[i]) | (one.desks[i] ^ other.desks[i]);
        }
    }

    function version(Seen memory of_) private pure returns (uint256) {
        return of_.head >> 224;
    }

    function since(Seen memory of_) private pure returns (uint256) {
        return (of_.head >> 200) & 0xffffff;
    }

    function committed(Seen memory of_) private pure returns (uint256) {
        unchecked {
            return version(of_) - since(of_);
        }
    }

    function pending(Seen memory of_) private pure returns (uint256) {
        return uint64(of_.head >> 64);
    }

    function members(Seen memory of_) private pure returns (uint256) {
        return uint64(of_.head);
    }

    function requester(Seen memory of_) private pure returns (uint256) {
        return uint8(of_.head >> 128);
    }

    function chief(Seen memory of_) private pure returns (uint256) {
        return uint8(of_.terms);
    }

    function opener(Seen memory of_) private pure returns (uint256) {
        return uint8(of_.terms >> 8);
    }

    function policy(Seen memory of_) private pure returns (uint256) {
        return uint8(of_.terms >> 24);
    }

    /// @dev The columns that are a member's to grant.
    function held(Seen memory of_, uint256 index) private pure returns (uint256) {
        uint256 whole = filled(chief(of_) == index);
        uint256 columns = (whole & ~of_.delegated) | (~whole & of_.desks[index]);
        return columns & ALL & filled(of_.seats[index] != 0);
    }

    /// @dev Whether a member has a standing offer to another.
    function offers(Seen memory of_, uint256 from, uint256 to) private pure returns (bool) {
        return both((of_.terms >> (88 + from)) & 1 != 0, of_.desks[from] >> 240 == to);
    }

    /// @dev Whether members have let the deadline pass (times are counted modulo 2^32).
    function overdue(Seen memory of_) private view returns (bool) {
        uint256 deadline = uint40(of_.terms >> 32);
        uint256 passed;
        unchecked {
            passed = uint32(block.timestamp - (of_.head >> 136));
        }
        return both(deadline != 0, passed > deadline);
    }

    function answers(Call what) private pure returns (bool) {
        return what == Call.Ack || what == Call.Acks || what == Call.AckBySignature;
    }

    function peerAt(uint256 index) private view returns (address) {
        return index == 0 ? PATIENT : index == 1 ? DOCTOR : index == 2 ? RESEARCHER : stranger;
    }

    // --- logic without branches ----------------------------------------------------------------------------------------

    function implies(bool one, bool other) private pure returns (bool so) {
        assembly ("memory-safe") {
            so := or(iszero(one), other)
        }
    }

    function both(bool one, bool other) private pure returns (bool so) {
        assembly ("memory-safe") {
            so := and(one, other)
        }
    }

    function either(bool one, bool other) private pure returns (bool so) {
        assembly ("memory-safe") {
            so := or(one, other)
        }
    }

    /// @dev All bits if so, else none.
    function filled(bool so) private pure returns (uint256 mask) {
        assembly ("memory-safe") {
            mask := sub(0, so)
        }
    }

    // --- where the contract keeps it -----------------------------------------------------------------------------------

    function load(bytes32 slot) private view returns (bytes32) {
        return VM.load(address(registry), slot);
    }

    function shareSlot(uint256 word) private pure returns (bytes32) {
        return bytes32(uint256(keccak256(abi.encode(SHARE, uint256(1)))) + word);
    }

    function seatSlot(address peer) private pure returns (bytes32) {
        return keccak256(abi.encode((SHARE << 160) | uint160(peer), uint256(2)));
    }

    function deskSlot(uint256 index) private pure returns (bytes32) {
        return keccak256(abi.encode((SHARE << 8) | index, uint256(3)));
    }

    function invitationSlot(address peer) private pure returns (bytes32) {
        return keccak256(abi.encode((SHARE << 160) | uint160(peer), uint256(4)));
    }
}
