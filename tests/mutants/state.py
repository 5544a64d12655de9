"""The signed state, what is committed, comparison when read, the check of the store, and what SQLite forgets."""

from __future__ import annotations

from tests.mutants.change import Edit, Mutant, mutant

STATE = "dominoadmin/store/state.py"
LEDGER = "dominoadmin/store/ledger.py"
WRITTEN = "dominoadmin/store/sqlite/written.py"
CONNECTIONS = "dominoadmin/store/sqlite/connections.py"
DATABASE = "dominoadmin/store/database.py"
COMMITTED = "dominoadmin/services/audit/committed.py"
CHECKING = "dominoadmin/services/audit/checking.py"
REPAIRING = "dominoadmin/services/audit/repairing.py"
PEM_FILES = "dominoadmin/services/records/pem_files.py"
DRAGGED_OUT = "tests/services/records/test_pem_files.py"
STATES = "tests/store/test_state.py"
LEDGERS = "tests/store/test_ledger.py"
COMPARED = "tests/services/audit/test_committed.py"
USED = "tests/services/audit/test_compared_in_use.py"
OVERTAKEN = "tests/services/requests/test_overtaken.py"
CHECKS = "tests/services/audit/test_checking.py"
REPAIRS = "tests/services/audit/test_repairing.py"
SHOWN = "dominoadmin/services/audit/shown.py"
LISTS = "tests/cli/test_altered_lists.py"
COMPARING = "dominoadmin/gui/frame/tables/comparing.py"
WINDOW_LISTS = "tests/gui/frame/test_altered_lists.py"
MISSING = "tests/services/audit/test_missing.py"
PAGES = "tests/tasks/http/test_http_altered.py"
SUPPRESSED = "tests/tasks/test_suppressed.py"
REFUSED_ROWS = "tests/tasks/test_refused_rows.py"
RECORDS = "dominoadmin/store/records.py"
ALTERED_ROWS = "tests/store/test_altered_rows.py"
REBUILT = "tests/services/processes/test_rebuilding.py"
REPLACED = "tests/store/test_replaced_file.py"
FOLLOWING = "dominoadmin/services/audit/checkpoints.py"
WATCHES = "dominoadmin/tasks/checkpoints.py"
SEARCHED = "tests/store/test_search_index.py"
WATCHED = "tests/tasks/test_watched_uses.py"
SECOND_ROWS = "tests/services/processes/test_second_rows.py"
IN_ACTS = "tests/services/processes/test_compared_in_acts.py"
PULLED = "tests/services/requests/test_pullable.py"
LOG = "dominoadmin/services/audit/log.py"
REVOKING = "dominoadmin/services/revocation/revoking.py"

MUTANTS = (
    mutant("a page may be another", STATE, '            if self._groups[number >> 8].get(bytes([number & 255])) != _digest("state_pages", number, page.octets):', "            if False:", STATES),
    mutant("a group may be another", STATE, '            if self._top.get(bytes([number])) != _digest("state_groups", number, group.octets):', "            if False:", STATES),
    mutant("the root may be another", STATE, '            if _digest("state_root", 0, self._top.octets) != self._expected:', "            if False:", STATES),
    mutant("a digest does not know its place", STATE, '    return sha256(_CONTEXTS[table] + number.to_bytes(2, "big") + octets).digest()', "    return sha256(_CONTEXTS[table] + octets).digest()", STATES, "tests/services/requests/test_proving.py"),
    mutant("columns can be moved into each other", LEDGER, '            parts += (_start(b"t", len(octets)), octets)', '            parts += (b"t", octets)', LEDGERS, "tests/services/requests/test_proving.py"),
    mutant("a text is the same as its octets", LEDGER, '_start(b"t", len(octets))', '_start(b"b", len(octets))', LEDGERS),
    mutant("an object can be guessed from its digest", LEDGER, ' len(salt).to_bytes(1, "big"), salt]\n', ' b"\\x00"]\n', LEDGERS, CHECKS),
    mutant("objects of two kinds have one name", LEDGER, 'hashlib.sha256(_OBJECT + kind.encode() + b"\\x00" + key.encode())', "hashlib.sha256(_OBJECT + key.encode())", LEDGERS, "tests/services/requests/test_proving.py"),
    mutant("an act without an entry is kept", WRITTEN, '    if row := db.execute("SELECT kind, key FROM temp.written LIMIT 1").fetchone():', "    if row := None:", LEDGERS),
    mutant("what is removed is not noted", WRITTEN, '        note("DELETE", ("OLD", "1", ())),\n', "", LEDGERS),
    mutant("what is moved away is not noted", WRITTEN, '            ("OLD", moved, ()),\n', "", LEDGERS),
    mutant("what is added is not noted", WRITTEN, '        note("INSERT", ("NEW", "1", ())),\n', "", LEDGERS),
    mutant("an act makes an altered row genuine", LEDGER, '    return change.before not in ("", committed) and not KINDS[which.kind].is_replaced', "    return False", REFUSED_ROWS),
    mutant("pages of the state are not made again", REPAIRING, '        made = [] if state.is_same(db, copy) else ["state_pages"]', "        made = []", REBUILT),
    mutant("nobody looks which revocations are on a list", "dominoadmin/services/revocation/state.py", "    check_all(db, record, verifier)\n    revocations.check_places(db, record.id)\n", "    check_all(db, record, verifier)\n", REBUILT),
    mutant("rows that left the list stay off it", "dominoadmin/store/revocations.py", "        db.executemany(sql, values)\n\n\ndef make_missing", "        pass\n\n\ndef make_missing", REBUILT),
    mutant("what is written to a file that is gone is kept", DATABASE, "                    self._check_file(db)\n", "                    pass\n", REPLACED),
    mutant("another file in the place of the store is not opened", DATABASE, "        if self._file != found or any(", "        if any(", REPLACED),
    mutant("quotes around a condition of the schema say nothing", "dominoadmin/store/sqlite/schemas.py", '    return _RENAMED.sub(r"CREATE TABLE \\1", " ".join(sql.split()))', '    return " ".join(sql.split()).replace(chr(34), "")', "tests/store/test_schema.py"),
    mutant("a log that was removed is gone on with", DATABASE, "self._file != found or any(db.logs != logs for db in waiting):", "self._file != found:", REPLACED),
    mutant("a list may be due again at once", "dominoadmin/services/certifiers/settings.py", "            return self.least <= value <= max(self.most, _COUNTABLE_DAYS)", "            return value <= max(self.most, _COUNTABLE_DAYS)", "tests/services/certifiers/test_own_certifiers.py"),
    mutant("a key is looked for in an altered row", "dominoadmin/services/revocation/ocsp_responder.py", '        if ledger.find(db, Object("issued", f"{self.record.id} {serial_hex}")).digest != digest:', "        if False:", "tests/services/revocation/test_responders.py"),
    mutant("an index that cannot be written ends the act", "dominoadmin/store/sqlite/issued_search.py", "        if not db.in_transaction or error.sqlite_errorcode & 0xFF not in _DAMAGED:\n            raise\n        with suppress", "        if True:\n            raise\n        with suppress", SEARCHED),
    mutant("a check leaves out the index of the search", CHECKING, " and not issued_search.is_whole(db):", " and False:", SEARCHED),
    mutant("a first key may be of any type", "dominoadmin/store/generations.py", "    first = record(GenerationRecord, {**dict(row), **own}, is_noted=False)", "    first = GenerationRecord(**{each: {**dict(row), **own}[each] for each in GenerationRecord.__dataclass_fields__})", ALTERED_ROWS),
    mutant("a connection goes by a schema that was not compared", "dominoadmin/store/sqlite/schemas.py", '    db.execute("PRAGMA writable_schema = RESET")', "    pass", "tests/store/test_schema.py"),
    mutant("what is looked up is not judged first", COMMITTED, "    watching.check(db, record)\n", "    pass\n", WATCHED),
    mutant("a head of the same size is the same one", FOLLOWING, "        return newest == self._newest\n", "        return True\n", WATCHED),
    mutant("a log that became shorter is not behind", FOLLOWING, '            return not sightings.compare(db, self._verifier, self._verified, _("this server"))\n', "            return False\n", WATCHED),
    mutant("a server signs on over a log that does not hold", WATCHES, "            if signs and self._doubted:\n", "            if False:\n", WATCHED),
    mutant("who watches keeps a log that was removed", DATABASE, "            waiting = [*self._idle, *self._watching]\n", "            waiting = [*self._idle]\n", REPLACED),
    mutant("a log is removed in the middle of an act", DATABASE, "        if (db.file, db.logs) != (private_copies.identity(self.path), private_copies.logs(self.path)):", "        if db.file != private_copies.identity(self.path):", REPLACED),
    mutant("a list does not miss a key of a certifier", SHOWN, "for number in range(keys + 1))", "for number in ())", LISTS),
    mutant("a pipe in the place of a list is read", "dominoadmin/services/revocation/published_lists.py", "    return stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST", "    return status.st_size <= _LARGEST", "tests/tasks/test_put_back.py"),
    mutant("one of two rows is compared, and the other one read", LEDGER, "    found[which] = content._replace(digest=SEVERAL) if which in found else content", "    found[which] = content", SECOND_ROWS),
    mutant("a second row that no index has is not seen", LEDGER, "    if KINDS[kind].is_short:\n        sql", "    if False:\n        sql", SECOND_ROWS),
    mutant("an act makes two rows of an object genuine", LEDGER, "    if change.content.digest == SEVERAL:\n        return True\n", "", SECOND_ROWS),
    mutant("a value of another type is read", RECORDS, "        if isinstance(value, stored):", "        if True:", ALTERED_ROWS),
    mutant("a number that no row can have was seen", "dominoadmin/services/audit/sightings.py", "all(type(each) is int and 1 <= each < LARGEST for each in found.place)", "min(found.place) >= 1", "tests/tasks/test_checkpoints.py"),
    mutant("what a row said before is not noted", WRITTEN, " if was_there else None", " if False else None", REFUSED_ROWS),
    mutant("nobody looks whether an act was entered", DATABASE, "                    written.check_entered(db)\n", "                    pass\n", LEDGERS),
    mutant("an old seal stays in free pages", CONNECTIONS, '    "PRAGMA secure_delete = ON",', '    "PRAGMA secure_delete = OFF",', "tests/store/test_secure_delete.py"),
    mutant("a power failure loses what was committed", CONNECTIONS, '    "PRAGMA synchronous = FULL",', '    "PRAGMA synchronous = NORMAL",', "tests/store/test_database.py"),
    mutant("an altered row is used", COMMITTED, "        if not known[each] or present[each].digest != known[each]:", "        if not known[each]:", COMPARED, USED),
    mutant("an added row is used", COMMITTED, "        if not known[each] or present[each].digest != known[each]:", "        if known[each] and present[each].digest != known[each]:", COMPARED, USED),
    mutant("a removed row is not missed", COMMITTED, "    for each in not_there:\n        if known[each]:", "    for each in not_there:\n        if False:", COMPARED),
    mutant("of many, an altered row is used", COMMITTED, "    return {each for each, digest in known.items() if present[each].digest != digest}", "    return set()", OVERTAKEN, USED),
    mutant("what is shown is not compared", SHOWN, "    return [*(committed.altered(each) for each in objects if each in differing), *missing]", "    return missing", LISTS, PAGES),
    mutant("a list does not miss a row", SHOWN, "        if KINDS[kind].key in _NUMBERS:\n", "        if False:\n", LISTS),
    mutant("a list does not miss what is known by its name", SHOWN, "elif kind in listed and kind in _KNOWN_BY_NAME:", "elif False:", LISTS),
    mutant("a list does not miss a certificate", SHOWN, " if _ISSUED in listed else []", " if False else []", LISTS),
    mutant("what was never issued is missing", SHOWN, "if digest and not ledger", "if not ledger", LISTS),
    mutant("a list of the window does not miss a row", SHOWN, "(objects if is_list else numbered)", "(objects if is_list else ())", WINDOW_LISTS, MISSING),
    mutant("a list of the window does not miss a revocation", SHOWN, '        yield Object("revocations", f"{each.certifier_id} {each.serial_hex}")\n', "        pass\n", WINDOW_LISTS),
    mutant("what is scrolled to is not compared", COMPARING, "            self._records += records\n", "            pass\n", WINDOW_LISTS),
    mutant("a list of entries is not hashed", SHOWN, "            is_whole = not entries or _is_as_signed(db, actor.verifier(), entries)\n", "            is_whole = True\n", LISTS),
    mutant("the shown block of entries is not hashed", SHOWN, "        for block in blocks\n", "        for block in ()\n", LISTS),
    mutant("a pipe is read like a file", "dominoadmin/store/own_files.py", "    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):\n", "    if True:\n", "tests/store/test_pipes.py"),
    mutant("a certifier gets the name of another one", "dominoadmin/services/audit/judging.py", "        if taken := self.taken(db, entry):\n", "        if taken := None:\n", "tests/services/audit/test_judging.py"),
    mutant("a row that was hidden from its judge is not read later", "dominoadmin/store/legible_rows.py", "                self._waiting[each.object] = each.after, number\n", "                pass\n", "tests/services/records/test_illegible_rows.py"),
    mutant("a certifier without a name is not judged again", "dominoadmin/services/audit/judging.py", "            self.unnamed[key] = number\n", "            pass\n", "tests/services/audit/test_judging.py"),
    mutant("the log gets a long value of a row that is set aside", "dominoadmin/services/audit/repairing.py", "    if len(octets) > _LONG:\n", "    if False:\n", "tests/services/audit/test_repairing.py"),
    mutant("rows that have each other's names stay in the way", "dominoadmin/services/audit/repairing.py", "            repairs.free(self._db, each.object)\n", "            pass\n", "tests/services/audit/test_repairing.py"),
    mutant("a client may leave its answers where they are", "dominoadmin/tasks/http/protocol.py", "        self.untaken = self.loop.call_later(TAKE_SECONDS, self.transport.abort)\n", "", "tests/tasks/http/test_http_connections.py"),
    mutant("a page is shown whatever its rows say", "dominoadmin/tasks/http/pages.py", "                raise complaint\n", "                pass\n", PAGES),
    mutant("a signed revocation is suppressed", "dominoadmin/tasks/ca.py", "            asked = self._asked.problems(db, self._actor.verifier())", "            asked = []", SUPPRESSED),
    mutant("an open revocation is looked at once", "dominoadmin/services/revocation/requesting.py", "sorted({*self._open, *new, ", "sorted({*new, ", SUPPRESSED),
    Mutant(
        "an altered revocation request is closed",
        (
            Edit(REVOKING, "            if problem := altered.get(wanted.id):", "            if problem := None:"),
            Edit(REVOKING, "            if committed.altered_rows(db, self._verifier, _ROWS, [wanted.id]):", "            if False:"),
            Edit(LOG, "            self.check_before(which, change, before[which])\n", ""),
        ),
        (REFUSED_ROWS,),
    ),
    mutant("an altered certificate is dragged out", PEM_FILES, '        committed.check(db, actor.verifier(), [Object("issued", f"{number} {serial}") for number, serial in which])\n', "", DRAGGED_OUT),
    mutant("an altered request is dragged out", PEM_FILES, '        committed.check(db, actor.verifier(), [Object("requests", str(each)) for each in numbers])\n', "", DRAGGED_OUT),
    mutant("an altered request is closed", "dominoadmin/services/requests/approved.py", "            if document in histories[each].altered\n", "            if False\n", REFUSED_ROWS),
    mutant("the Administration Process closes an altered request", "dominoadmin/services/processes/adminp.py", "        altered |= pullable.altered(db, server.verifier(), [each.decided for each in decided])\n", "", REFUSED_ROWS, PULLED),
    mutant("a request is pulled by altered rows", "dominoadmin/services/requests/submitting.py", "        for refusal in pullable.altered(db, actor.verifier(), decided).values():", "        for refusal in ():", PULLED),
    mutant("a certifier gets the name of an altered one", "dominoadmin/services/certifiers/registering.py", '        committed.check_rows(db, self._verifier, "certifiers")\n', "", IN_ACTS),
    mutant("a removed row is none of all", COMMITTED, "    for number in missing(db, verifier, kind):\n", "    for number in ():\n", IN_ACTS),
    mutant("a certifier gets a second database", "dominoadmin/services/requests/databases.py", "        check_all(db, actor.verifier(), existing, request.file)\n", "", IN_ACTS),
    mutant("an altered address book says who is trusted", "dominoadmin/services/records/address_books.py", "if each.id not in altered and", "if", IN_ACTS),
    mutant("a new key signs an end that nobody has issued", "dominoadmin/services/certifiers/generations.py", "        committed.check_same(db, actor.verifier(), page)\n", "        pass\n", IN_ACTS),
    mutant("a memo goes by altered rows", "dominoadmin/services/requests/pullable.py", "            yield from mailing.rows(db, request)\n", "            pass\n", PULLED),
    mutant("a certifier is served by nobody", "dominoadmin/tasks/ca.py", "[*ca_entries.altered_others(db, self._actor, ours), *asked]", "[*asked]", SUPPRESSED),
    mutant("an issued request is submitted again", "dominoadmin/services/requests/numbers.py", '{key: Object("requests", key) for key in there} | ', "", SUPPRESSED),
    mutant("a removed document is made again", "dominoadmin/services/requests/numbers.py", " | {which.key: which for which in sorted(differing)}", "", SUPPRESSED),
    mutant("an altered row is not named", CHECKING, "                if committed[which] != content.digest\n", "                if not committed[which]\n", CHECKS),
    mutant("an added row is not named", CHECKING, "                if committed[which] != content.digest\n", '                if committed[which] not in ("", content.digest)\n', CHECKS),
    mutant("a missing row is not named", CHECKING, "    if present < state.count(db) + len(pending) - len(known):", "    if False:", CHECKS),
    mutant("a row of the backup is taken as it is", REPAIRING, "                if row is None or _digest(which, row, salt) != digest:", "                if row is None:", REPAIRS),
    mutant("anybody repairs", REPAIRING, "    if person.kind != PERSON or not audit_log.is_valid(person, domain.now()):", "    if False:", REPAIRS),
    mutant("a salt is not put back", REPAIRING, "                    salted.put(self._db, which.hash(), salt)\n", "                    pass\n", REPAIRS),
    mutant("a repair is not entered", REPAIRING, "            audit_log.enter(db, domain.now(), actor, work.events)\n", "            from dominoadmin.store.sqlite import written\n            written.take(db)\n", REPAIRS),
)  # fmt: skip
