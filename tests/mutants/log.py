"""The audit log: its tree, its entries, its heads, its anchors."""

from __future__ import annotations

from tests.mutants.change import mutant

MERKLE = "dominoadmin/pki/merkle.py"
LOG = "dominoadmin/services/audit/log.py"
ROLES = "dominoadmin/services/audit/roles.py"
JUDGING = "dominoadmin/services/audit/judging.py"
VERIFYING = "dominoadmin/services/audit/verifying.py"
ANCHORING = "dominoadmin/services/audit/anchoring.py"
ENTRIES = "dominoadmin/store/audit_entries.py"
TREES = "tests/pki/test_merkle.py"
LOGS = "tests/services/audit/test_log.py"
FORGED = "tests/services/audit/test_forged_log.py"
ANCHORS = "tests/services/audit/test_anchoring.py"
JUDGED = "tests/services/audit/test_roles.py"
VERDICTS = "tests/services/audit/test_judging.py"
COMMITTED = "dominoadmin/services/audit/committed.py"
USED = "tests/services/audit/test_numbers_used.py"
FOLLOWING = "tests/tasks/test_follow_up.py"

MUTANTS = (
    mutant("a leaf may be taken for a node", MERKLE, '_LEAF: Final = b"\\x00"', '_LEAF: Final = b""', TREES),
    mutant("a node is hashed the other way round", MERKLE, "    return sha256(_NODE + left + right).digest()", "    return sha256(_NODE + right + left).digest()", TREES),
    mutant("the peaks are joined the other way round", MERKLE, "            found = node(peak, found)", "            found = node(found, peak)", TREES),
    mutant("a frontier of another size is taken up", MERKLE, "        if size < 0 or len(peaks) != size.bit_count():", "        if size < 0:", TREES),
    mutant("anybody may write without a signature", LOG, "    if not signer and (unsigned := next((each for each in commits if not roles.is_new_request(each)), None)):", "    if not signer and (unsigned := None):", FORGED, LOGS),
    mutant("an unsigned request may change an older one", ROLES, "    return commit.object.kind in _REQUESTS and not commit.before", "    return commit.object.kind in _REQUESTS", FORGED, LOGS),
    mutant("an ID that is not valid signs", LOG, "    return identity.certificate.not_valid_before_utc <= now <= identity.certificate.not_valid_after_utc", "    return True", FORGED, LOGS),
    mutant("a log shorter than its head is gone on with", LOG, "    if audit.size(db) < head.size:", "    if False:", FORGED, LOGS),
    mutant("an unsigned entry may claim a log-in", LOG, "entry.number != number or entry.signed_in or not all", "entry.number != number or not all", FORGED, LOGS),
    mutant("an unsigned entry may commit anything", LOG, " or entry.signed_in or not all(map(roles.is_new_request, entry.commits)):", " or entry.signed_in:", FORGED, LOGS),
    mutant("an unsigned entry may have any number", LOG, "        if entry.number != number or entry.signed_in", "        if entry.signed_in", FORGED, LOGS),
    mutant("an unsigned entry may call an older request new", LOG, " and not (added and state.find(db, added, bytes.fromhex(head.state)))", "", FORGED),
    mutant("an unsigned request may be there twice", LOG, "        if len({*added}) == len(added) and not (added", "        if not (added", FORGED),
    mutant("an unsigned entry gives a role", JUDGING, "            if entry.signed_in and not entry.previous:", "            if not entry.previous:", JUDGED),
    mutant("an unsigned entry refuses another one", JUDGING, "        is_refused = entry.signed_in and entry.action", "        is_refused = entry.action", JUDGED),
    mutant("an entry before the first one is not told", VERIFYING, "        if (number := audit.before_first(db)) is not None:\n            raise _changed(number)\n", "", FORGED),
    mutant("a running number may follow one that was put in", LOG, "        self.check_numbers({each.object for each in commits if not each.before})\n", "", "tests/tasks/test_suppressed.py"),
    mutant("whose RA decides is read from an altered request", JUDGING, "        if committed != role_facts.digest(db, request):", "        if False:", JUDGED),
    mutant("the numbers of a head may only equal numbers", LOG, "        is_whole = is_whole and {*map(type, numbers)} == {int}", "        is_whole = is_whole and all(numbers)", FORGED),
    mutant("the number of an entry may only equal a number", ENTRIES, '            number=row["number"], at', '            number=content["number"], at', JUDGED),
    mutant("a head may be moved to another size", LOG, "    if not is_whole or head.size != record.size or", "    if not is_whole or", FORGED, LOGS),
    mutant("a head's frontier may be another", LOG, " or head.log != frontier.root().hex():", ":", FORGED, LOGS),
    mutant("changes go to no entry", LOG, "        placed[about.get(objects[commit.object].about, -1)].append(commit)", "        pass", FORGED, LOGS),
    mutant("a missing entry is not told", VERIFYING, "        if entry.number != number:\n            raise _missing(number)\n", "", FORGED, LOGS),
    mutant("a head without its entry is not told", VERIFYING, "        if head:\n            raise _missing(self.number + 1)\n", "", FORGED, LOGS),
    mutant("a removed head is not told", VERIFYING, "        if self._last_signed_in > self.head.size:", "        if False:", FORGED, LOGS),
    mutant("entries of another person are signed for", VERIFYING, "        if not self._judge and (self._actors - {signer} or not entry.signed_in):", "        if not self._judge and not entry.signed_in:", ANCHORS),
    mutant("an entry in another person's name is allowed", JUDGING, "        if entry.actor != signer:", "        if False:", LOGS, JUDGED),
    mutant("what an entry needs no role for is not limited", JUDGING, "        return roles.problem(self._roles, db, entry, signer) or self._problem_with(db, entry, signer)", '        return ""', JUDGED),
    mutant("entries before an altered one are not heard", JUDGING, "            yield from some\n", "            if damaged is None:\n                yield from some\n", "tests/services/audit/test_log.py"),
    mutant("a running number may be any", JUDGING, "            if not is_next and not self.numbers.follow(kind, number):", "            if False:", VERDICTS),
    mutant("nobody may go on after a number that is refused", JUDGING, "        self._roles.count(entry.commits)\n        self.forbidden", "        self.forbidden", FOLLOWING),
    mutant("numbers far from the first ones are not known", "dominoadmin/store/running_numbers.py", "            ranges.append([number - 1, number])", "            pass", FOLLOWING),
    mutant("behind numbers that were refused nothing is looked for", COMMITTED, "number + FREE if here else numbers.next(kind, number + FREE)", "number + FREE if here else 0", FOLLOWING),
    mutant("a removed row's number is given out again", COMMITTED, "next((each for each, which in page.items() if not known.get(which)), 0)", "next(iter(page))", USED),
    mutant("the largest number is followed by another", COMMITTED, "    while number <= LARGEST - FREE:", "    while True:", USED),
    mutant("nor for a gap", COMMITTED, " and not (number := numbers.next(kind, number)):", ":", FOLLOWING),
    mutant("a number may be longer than an entry can have", LOG, "            if not (follows and roles.number_of(each)):", "            if not follows:", FOLLOWING),
    mutant("an approval is judged by what the request became later", JUDGING, "        found = [which for which, before, _after in asked if role_facts.digest(db, which) != before]\n", "        found: list[Object] = []\n", VERDICTS),
    mutant("a request stays doubtful once its change is refused", JUDGING, "                self._roles.lawful.pop(each, None)\n", "                pass\n", VERDICTS),
    mutant("what is forbidden waits for an altered row", "dominoadmin/services/audit/checkpoints.py", "        if not self.forbidden:  # what is known", "        if True:  # what is known", VERDICTS),
    mutant("the next start has forgotten the numbers", JUDGING, 'content.get("numbers", {})', "{}", VERDICTS),
    mutant("a refusal may set back anything", JUDGING, "        if {(each.object, each.after, each.before) for each in entry.commits} - {*commits}:", "        if False:", JUDGED),
    mutant("nobody's role is looked at before he signs", LOG, "        end.check_roles(db, entries, signer)\n", "        pass\n", JUDGED),
    mutant("a head may be over another log", VERIFYING, "        if head.log != self.root() or (", "        if (", FORGED, LOGS),
    mutant("heads need not follow each other", VERIFYING, "            self._is_whole and not _follows(head, self.head, begins=signer == self._verifier.organization)\n", "            False\n", FORGED, LOGS),
    mutant("anybody may sign the beginning", VERIFYING, "        if not head.size_before and signer != self._verifier.organization:", "        if False:", FORGED, LOGS),
    mutant("an entry may claim any digest before", "dominoadmin/store/state.py", "            if page.get(name) != before:", "            if False:", FORGED, LOGS),
    mutant("a head may be over another state", VERIFYING, "    if root.hex() != head.state:", "    if False:", FORGED, LOGS),
    mutant("the stored state may be another", VERIFYING, "        if stored.hex() != self.head.state or (self._replay and not state.is_same(db, self._replay)):", "        if False:", FORGED, LOGS, "tests/services/audit/test_checking.py"),
    mutant("pages of the state may be others", VERIFYING, " or (self._replay and not state.is_same(db, self._replay)):", ":", FORGED, LOGS, "tests/services/audit/test_checking.py"),
    mutant("a detail may be another", ENTRIES, '            and content["detail"] == expected\n', "", FORGED, LOGS),
    mutant("what is shown may be something else", ENTRIES, "            and [row[name] for name in _COLUMNS] == [content[name] for name in _COLUMNS]\n", "", FORGED, LOGS),
    mutant("a detail can be guessed", ENTRIES, "    return hashlib.sha256(_DETAIL + salt + detail).hexdigest()", "    return hashlib.sha256(_DETAIL + detail).hexdigest()", FORGED, LOGS, "tests/services/requests/test_proving.py"),
    mutant("a shorter log matches a printed anchor", ANCHORING, "        is_known = typed.number <= stands and _is_at(db, typed.number, typed.hash)\n    if typed.number > stands:", "        is_known = typed.number > stands or _is_at(db, typed.number, typed.hash)\n    if False:", ANCHORS),
    mutant("a rewritten log matches a printed anchor", ANCHORING, "    if not is_known:", "    if False:", ANCHORS),
    mutant("a mistyped anchor is compared", ANCHORING, '    if digits[_HASH:] not in ("", found.check):', "    if False:", ANCHORS),
    mutant("a log that was put back is not told", ANCHORING, "    if audit.at(db, mirror.number) and _is_at(db, mirror.number, mirror.hash):", "    if True:", ANCHORS),
    mutant("Home shows what nobody has signed", "dominoadmin/viewmodels/home/page.py", "[*damaged, *shown.complaints(domain, actor, rows)]", "[*damaged]", "tests/viewmodels/home/test_page.py"),
    mutant("anybody's checkpoint counts", "dominoadmin/services/audit/checkpoints.py", "in stored if server == ours]", "in stored]", "tests/tasks/test_checkpoints.py"),
)  # fmt: skip
