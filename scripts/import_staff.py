#!/usr/bin/env python3
"""Import a staff list into Công vụ. One file, only Python 3.9 or later, on Windows too.

This file is long because HR copies it alone to an office PC: nothing can be imported from beside it.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import http.client
import io
import itertools
import json
import os
import ssl
import sys
import time
import unicodedata
import urllib.parse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

DONE, NEEDS_A_PERSON, REFUSED, INTERRUPTED = 0, 1, 2, 130
KINDS = ("create", "change", "move", "rehire", "leave", "unchanged", "ambiguous", "conflict", "error", "left_out")
PLAIN = ("leave", "unchanged", "left_out")
"""Outcomes of which only the number is told, or that stand on the page."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
POLL_SECONDS, FIRST_POLL_SECONDS = 1.0, 0.2
PATIENCE_SECONDS = 600
FIRST_PATIENCE_SECONDS = 3
"""Before the first answer the address may be wrong; after it, the connection comes back."""
FIRST_RETRY_SECONDS, RETRY_SECONDS = 0.5, 4.0
CONNECT_SECONDS, TIMEOUT_SECONDS = 10, 120
PAGE = 500
MOST_SHOWN = 1000
BAR = 30
MARKS = {"question": "?", "warning": "!", "repair": "~"}
YES = ("y", "yes", "c", "có", "co")
NOTHING_SENT = "Interrupted. Nothing has been sent yet."
NOTHING_APPLIED = "Interrupted. The file was sent, but nothing is applied."
GOES_ON = "Interrupted. The portal goes on applying the list without this program; see {page}, or start it again."
AT_THE_END = "Interrupted. The list is applied."

TEXTS = {
    "--server": ("URL", "address of the portal (or the variable CONGVU_SERVER)"),
    "--token-file": ("FILE", "file with the API token (otherwise it is asked for)"),
    "--ca": ("FILE", "file with the certificate authority of the portal"),
    "--outcome": ("FILE", "write the outcome, a line a row, to this .xlsx or .csv"),
    "--source": ("NAME", "name of the HR system that the column Mã nguồn comes from"),
    "--sheet": ("NAME", "the sheet that is meant, if several have a table"),
}
"""Options that take a text: what the text is, and what it is for."""
MODE = "how the list is meant: additions (default), or full, the full list of the unit"
MAPPING = 'what a column is, such as "Mã số=staff_number"; may be repeated, or a file with one a line'

FIELDS = (
    "number", "staff_number", "source_record", "full_name", "family_middle", "given", "birth_date", "male", "female",
    "sex", "personal_id", "phone", "work_phone", "extension", "official_mail", "personal_mail", "mail", "title", "rank",
    "category", "unit",
)  # fmt: skip
"""What a column may be said to be."""

VIETNAMESE = {
    "Fields for --mapping: {fields}": "Các trường cho --mapping: {fields}",
    "{field} is no field. The fields are: {fields}": "Không có trường {field}. Các trường: {fields}",
    "Import a staff list into Công vụ: first its plan is shown, then it is applied.":
        "Nhập danh sách nhân sự vào Công vụ: trước hết xem phương án, sau đó mới áp dụng.",
    "the list: .xlsx, .xls, .ods or .csv": "tệp danh sách: .xlsx, .xls, .ods hoặc .csv",
    "identifier code of the agency, such as H36.05": "mã định danh của cơ quan, ví dụ H36.05",
    "show the plan and change nothing": "chỉ xem phương án, không thay đổi gì",
    "address of the portal (or the variable CONGVU_SERVER)":
        "địa chỉ cổng Công vụ (hoặc biến môi trường CONGVU_SERVER)",
    "file with the API token (otherwise it is asked for)":
        "tệp chứa mã truy cập API (nếu không có, chương trình sẽ hỏi)",
    "file with the certificate authority of the portal": "tệp chứng thư của đơn vị cấp chứng thư cho cổng",
    "write the outcome, a line a row, to this .xlsx or .csv": "ghi kết quả từng dòng ra tệp .xlsx hoặc .csv này",
    "the sheet that is meant, if several have a table": "trang tính cần đọc, nếu nhiều trang có bảng",
    "print one JSON document instead of text": "in ra một tài liệu JSON thay cho văn bản",
    "language of the messages: vi (default) or en": "ngôn ngữ thông báo: vi (mặc định) hoặc en",
    "Exit codes: 0 all done, 1 rows need a person, 2 refused.":
        "Mã kết thúc: 0 đã xong hết, 1 có dòng cần người xem, 2 bị từ chối.",
    "  … and {count} more: {page}": "  … và {count} dòng nữa: {page}",
    "The file {path} cannot be written: {reason}": "Không ghi được tệp {path}: {reason}",
    "The file changed on its way to the portal. Send it again.": "Tệp bị thay đổi trên đường gửi. Hãy gửi lại.",
    "Interrupted. The list is applied.": "Đã ngắt. Danh sách đã được áp dụng xong.",
    "Example: {line}": "Ví dụ: {line}",
    "API token: ": "Mã truy cập API: ",
    "The file {path} cannot be read: {reason}": "Không đọc được tệp {path}: {reason}",
    "Say where the portal is: --server https://…": "Hãy cho biết địa chỉ cổng: --server https://…",
    "Plain HTTP is only for this computer itself. Use https://.": "HTTP thường chỉ dùng cho chính máy này. Hãy dùng https://.",
    "No token was given. Agency IT makes one on the page API tokens.":
        "Chưa có mã truy cập. Bộ phận CNTT của cơ quan tạo mã ở trang Mã truy cập API.",
    "The outcome must end with .xlsx or .csv": "Tên tệp kết quả phải có đuôi .xlsx hoặc .csv",
    "Sending {name} ({size} KB) …": "Đang gửi {name} ({size} KB) …",
    "The portal cannot be reached: {reason}": "Không kết nối được tới cổng: {reason}",
    "The connection was lost; trying again …": "Mất kết nối; đang thử lại …",
    "{address} is not reached yet ({reason}); trying again …":
        "Chưa kết nối được tới {address} ({reason}); đang thử lại …",
    "The portal was not reached at {address}: {reason}. Nothing was sent. Check the address after --server and the"
    " network of this computer: does the address open in a browser? If not, tell agency IT.":
        "Không kết nối được tới cổng tại {address}: {reason}. Chưa gửi gì đi. Hãy kiểm tra địa chỉ sau --server và mạng"
        " của máy này: địa chỉ có mở được trong trình duyệt không? Nếu không, hãy báo bộ phận CNTT.",
    "The portal answers in a way this program does not understand (status {status}). Is the address right?":
        "Cổng trả lời theo cách chương trình không hiểu (mã {status}). Địa chỉ đã đúng chưa?",
    "The portal's certificate is not trusted: {reason}. Ask agency IT for the file for --ca.":
        "Chứng thư của cổng không được tin cậy: {reason}. Hãy hỏi bộ phận CNTT tệp cho --ca.",
    "Refused: {message}": "Bị từ chối: {message}",
    "List {id} for {agency}": "Danh sách {id} của {agency}",
    "Columns: {columns}": "Các cột: {columns}",
    "New units: {units}": "Đơn vị mới: {units}",
    "Reading": "Đang đọc",
    "{count} rows so far": "{count} dòng",
    "how the list is meant: additions (default), or full, the full list of the unit":
        "cách hiểu danh sách: additions (mặc định) hoặc full, tức danh sách đầy đủ của đơn vị",
    'what a column is, such as "Mã số=staff_number"; may be repeated, or a file with one a line':
        'cột là thông tin gì, ví dụ "Mã số=staff_number"; dùng được nhiều lần, hoặc một tệp mỗi dòng một cột',
    "name of the HR system that the column Mã nguồn comes from": "tên phần mềm nhân sự của cột Mã nguồn",
    "The list has no column {heading}. Its columns: {columns}": "Danh sách không có cột {heading}. Các cột: {columns}",
    "A mapping is written COLUMN=FIELD, not {mapping}": "Hãy viết --mapping dạng CỘT=TRƯỜNG, không phải {mapping}",
    "{count} officials are missing in the list. Whoever has left must be confirmed on {page}":
        "{count} người không có trong danh sách. Ai đã thôi công tác cần được xác nhận tại {page}",

    "rehire": "Nhận lại",
    "leave": "Thiếu trong danh sách",
    "ambiguous": "Chưa rõ là ai",
    "conflict": "Mâu thuẫn",
    "error": "Không đọc được",
    "left_out": "Bỏ qua",
    "create": "Tạo mới",
    "change": "Thay đổi",
    "move": "Chuyển đơn vị",
    "unchanged": "Không đổi",
    "row {row}": "dòng {row}",
    "Nothing was changed (--dry-run). Review it on {page}": "Chưa thay đổi gì (--dry-run). Xem tại {page}",
    "Rows with warnings (!) that will be applied: {count}": "Các dòng có cảnh báo (!) sẽ được áp dụng: {count}",
    "Are they right? Apply the list? [y/N]": "Các dòng đó đúng chưa? Áp dụng danh sách? [c/K]",
    "Nothing was applied. Correct the list, or the rows on {page}":
        "Chưa áp dụng gì. Hãy sửa danh sách, hoặc sửa các dòng tại {page}",
    "do not ask about rows with warnings: they were read": "không hỏi về các dòng có cảnh báo: đã đọc",
    "There is nothing to apply.": "Không có gì phải áp dụng.",
    "Applying": "Đang áp dụng",
    "Done: {done} of {all} rows.": "Đã xong: {done} trên {all} dòng.",
    "{count} rows were not done:": "{count} dòng chưa làm được:",
    "{count} rows need a person.": "{count} dòng cần người xem.",
    "The outcome is in {path}.": "Kết quả nằm trong tệp {path}.",
    "The list was put aside or stopped by someone (state {state}).":
        "Danh sách đã bị gác lại hoặc dừng (trạng thái {state}).",
    "No progress for {minutes} minutes. The worker may be stopped: tell agency IT.":
        "Không có tiến triển trong {minutes} phút. Có thể tiến trình xử lý đã dừng: hãy báo bộ phận CNTT.",
    "Interrupted. Nothing has been sent yet.": "Đã ngắt. Chưa gửi gì đi.",
    "Interrupted. The file was sent, but nothing is applied.": "Đã ngắt. Tệp đã gửi nhưng chưa áp dụng gì.",
    "Interrupted. The portal goes on applying the list without this program; see {page}, or start it again.":
        "Đã ngắt. Cổng vẫn tiếp tục áp dụng danh sách; xem tại {page} hoặc chạy lại lệnh này.",
}  # fmt: skip


class Stop(Exception):
    """The work ends here, with a sentence."""


class Away(Stop):
    """The portal did not answer any more; what it had begun it goes on with."""


class Lost(str):
    """No answer came, and why; the request may or may not have arrived."""

    __slots__ = ()


class Unreached(Lost):
    """No connection came about, so that the request went nowhere."""

    __slots__ = ()


class Speech:
    """Says sentences in the language of the user."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, sentence: str, **fields: object) -> str:
        """Say a sentence with its fields filled in."""
        said = VIETNAMESE.get(sentence, sentence) if self.language == "vi" else sentence
        return said.format(**fields) if fields else said


def _unread(say: Speech, path: object, error: Exception) -> str:
    """Say why a file cannot be read, in the system's words and without its numbers."""
    reason = getattr(error, "strerror", None) or error
    return say("The file {path} cannot be read: {reason}", path=path, reason=reason)


def _unwritten(say: Speech, path: object, error: OSError) -> str:
    """Say why a file cannot be written, likewise."""
    return say("The file {path} cannot be written: {reason}", path=path, reason=error.strerror or error)


def _why(error: Exception) -> str:
    """Say why a connection failed, likewise."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return "TLS: " + error.reason.replace("_", " ").lower()
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


class Portal:
    """The portal's interface of programs, over one address and one token."""

    def __init__(self, server: str, token: str, ca: str | None, say: Speech) -> None:
        try:
            parts = urllib.parse.urlsplit(server)
            self.port = parts.port
        except ValueError as error:
            raise Stop(say("Say where the portal is: --server https://…")) from error
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise Stop(say("Say where the portal is: --server https://…"))
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise Stop(say("Plain HTTP is only for this computer itself. Use https://."))
        self.host, self.path = parts.hostname, parts.path.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        self.address = f"{parts.scheme}://{host}" + (f":{self.port}" if self.port else "")
        self.say = say
        self.headers = {"Authorization": "Bearer " + token, "Accept-Language": say.language}
        self.has_answered = False
        self.context: ssl.SSLContext | None = None
        if parts.scheme == "https":
            try:
                self.context = ssl.create_default_context(cafile=ca)
            except (OSError, ssl.SSLError) as error:
                raise Stop(_unread(say, ca, error)) from error

    def upload(self, name: str, content: bytes, said: dict[str, str]) -> dict[str, Any]:
        """Send a list; sent again it is the same list, which goes on where it is."""
        said = {"file_name": name, **said}
        return self._json("POST", "/api/lists?" + urllib.parse.urlencode(said), content)

    def show(self, public: str) -> dict[str, Any]:
        """Give the state of a list."""
        return self._json("GET", "/api/lists/" + public)

    def understand(self, public: str, hints: dict[str, Any]) -> dict[str, Any]:
        """Have a list read again with its columns as they are said."""
        said = urllib.parse.urlencode({"hints": json.dumps(hints)})
        return self._json("POST", "/api/lists/" + public + "/columns?" + said, b"")

    def start(self, public: str, version: int) -> dict[str, Any]:
        """Have the plan that was shown applied, its warnings read by somebody; saying so twice does no harm."""
        said = urllib.parse.urlencode({"version": version, "warnings": "read"})
        return self._json("POST", "/api/lists/" + public + "/apply?" + said, b"")

    def rows(self, public: str, kind: str) -> Iterator[dict[str, Any]]:
        """Give the rows of one outcome, in the order of the file."""
        after: int | None = 0
        while after is not None:
            said = urllib.parse.urlencode({"kind": kind, "after": after, "limit": PAGE})
            page = self._json("GET", "/api/lists/" + public + "/rows?" + said)
            yield from page["rows"]
            after = page["next"]

    def outcome(self, public: str, kind: str) -> bytes:
        """Give the outcome file."""
        status, content = self._sent("GET", "/api/lists/" + public + "/outcome." + kind)
        if status != http.client.OK:
            raise Stop(self.say("Refused: {message}", message="HTTP " + str(status)))
        return content

    def _json(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        status, content = self._sent(method, path, body)
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Stop(
                self.say(
                    "The portal answers in a way this program does not understand (status {status})."
                    " Is the address right?",
                    status=status,
                )
            )
        if status >= http.client.BAD_REQUEST:
            raise Stop(self.say("Refused: {message}", message=answer.get("message") or answer.get("error")))
        return answer

    def _sent(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Send a request until an answer comes: each may be sent twice, because the same file changes nothing twice."""
        patience = PATIENCE_SECONDS if self.has_answered else FIRST_PATIENCE_SECONDS
        until, wait = time.monotonic() + patience, FIRST_RETRY_SECONDS
        while True:
            found = self._tried(method, path, body)
            if not isinstance(found, Lost):
                self.has_answered = True
                return found
            if time.monotonic() > until:
                raise Away(self._trouble(found, is_over=True))
            if wait == FIRST_RETRY_SECONDS:
                print(self._trouble(found), file=sys.stderr)
            time.sleep(wait)
            wait = min(2 * wait, RETRY_SECONDS)

    def _trouble(self, found: Lost, *, is_over: bool = False) -> str:
        """Say what keeps the answer away; at the end also what to do about it."""
        if isinstance(found, Unreached) and not self.has_answered:
            if not is_over:
                sentence = "{address} is not reached yet ({reason}); trying again …"
                return self.say(sentence, address=self.address, reason=found)
            return self.say(
                "The portal was not reached at {address}: {reason}. Nothing was sent. Check the address after --server"
                " and the network of this computer: does the address open in a browser? If not, tell agency IT.",
                address=self.address,
                reason=found,
            )
        if is_over:
            return self.say("The portal cannot be reached: {reason}", reason=found)
        return self.say("The connection was lost; trying again …")

    def _connection(self) -> http.client.HTTPConnection:
        if self.context is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=CONNECT_SECONDS)
        return http.client.HTTPSConnection(self.host, self.port, timeout=CONNECT_SECONDS, context=self.context)

    def _tried(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes] | Lost:
        """Send one request; whatever keeps the answer away is `Lost`."""
        connection, is_open = self._connection(), False
        headers = dict(self.headers)
        if body is not None:
            headers["Content-Type"] = "application/octet-stream"
        try:
            connection.connect()
            connection.sock.settimeout(TIMEOUT_SECONDS)
            is_open = True
            connection.request(method, self.path + path, body, headers)
            answer = connection.getresponse()
            if answer.length is None and not answer.chunked:
                # Cut off within its head: the portal always says how long an answer is.
                return Lost("the answer was cut off")
            content = answer.read()
        except ssl.SSLCertVerificationError as error:
            sentence = "The portal's certificate is not trusted: {reason}. Ask agency IT for the file for --ca."
            raise Stop(self.say(sentence, reason=error.verify_message)) from error
        except (OSError, http.client.HTTPException) as error:
            return Lost(_why(error)) if is_open else Unreached(_why(error))
        finally:
            connection.close()
        if answer.status in (http.client.BAD_GATEWAY, http.client.SERVICE_UNAVAILABLE, http.client.GATEWAY_TIMEOUT):
            return Lost("HTTP " + str(answer.status))
        return answer.status, content


class Import:
    """One run of this program."""

    def __init__(self, options: argparse.Namespace, say: Speech) -> None:
        self.options = options
        self.say = say
        self.plan: dict[str, Any] = {}
        self.state = NOTHING_SENT
        self.is_declined = False

    def run(self) -> int:
        """Send, show, apply, tell; give the exit code."""
        path = Path(self.options.list)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Stop(_unread(self.say, path, error)) from error
        self._try_outcome()
        portal = Portal(self._server(), self._token(), self.options.ca, self.say)
        self._tell(self.say("Sending {name} ({size} KB) …", name=path.name, size=len(content) // 1024 + 1))
        self.plan = portal.upload(path.name, content, self._said())
        if self.plan["sha256"] != hashlib.sha256(content).hexdigest():
            raise Stop(self.say("The file changed on its way to the portal. Send it again."))
        self.state = NOTHING_APPLIED
        self._wait_until_read(portal)
        if self.plan["state"] == "planned" and self.options.mapping:
            self._map(portal)
        if self.plan["refusal"]:
            raise Stop(self.say("Refused: {message}", message=self.plan["refusal"]["message"]))
        if self.plan["state"] == "planned":
            self._show_plan(portal)
        if self.options.dry_run:
            self._tell(self.say("Nothing was changed (--dry-run). Review it on {page}", page=self.plan["page"]))
        elif self._is_declined(portal):
            self.is_declined = True
            self._tell(self.say("Nothing was applied. Correct the list, or the rows on {page}", page=self.plan["page"]))
        elif self.plan["to_do"]:
            self._apply(portal)
        else:
            self._tell(self.say("There is nothing to apply."))
        return self._end(portal)

    def _try_outcome(self) -> None:
        """Find out before anything is applied whether the outcome can be written where it is wanted."""
        path = Path(self.options.outcome or "")
        try:
            if path.exists() and self.options.outcome:
                path.open("ab").close()
            path.parent.stat()
        except OSError as error:
            raise Stop(_unwritten(self.say, path, error)) from error

    def _is_declined(self, portal: Portal) -> bool:
        """Show the rows with warnings; ask who sits at the keyboard whether they are right."""
        if self.plan["state"] != "planned" or not self.plan["warnings"]:
            return False
        self._tell(self.say("Rows with warnings (!) that will be applied: {count}", count=self.plan["warnings"]))
        for row in portal.rows(self.plan["id"], "warned"):
            self._show_row(row)
        if self.options.warnings_read or not sys.stdin.isatty():
            return False
        self._tell(self.say("Are they right? Apply the list? [y/N]"))
        return sys.stdin.readline().strip().lower() not in YES

    def _said(self) -> dict[str, str]:
        """Give what is said of the list beforehand."""
        said = {"agency": self.options.agency, "mode": self.options.mode}
        said.update({name: value for name in ("sheet", "source") if (value := getattr(self.options, name))})
        return said

    def _wait_until_read(self, portal: Portal) -> None:
        """Show how far the portal is with reading until there is a plan, or a refusal."""
        moved, last = time.monotonic(), 0
        while self.plan["state"] == "reading":
            time.sleep(FIRST_POLL_SECONDS if time.monotonic() - moved < POLL_SECONDS else POLL_SECONDS)
            self.plan = portal.show(self.plan["id"])
            if self.plan["rows_read"] != last:
                moved, last = time.monotonic(), self.plan["rows_read"]
                self._tell(self.say("Reading") + ": " + self.say("{count} rows so far", count=last))
            self._be_patient(moved)

    def _be_patient(self, moved: float) -> None:
        """Give up when nothing has moved for long."""
        if time.monotonic() - moved > PATIENCE_SECONDS:
            sentence = "No progress for {minutes} minutes. The worker may be stopped: tell agency IT."
            raise Stop(self.say(sentence, minutes=PATIENCE_SECONDS // 60))

    def _map(self, portal: Portal) -> None:
        """Have the list read again with the columns that the user named, unless it is understood so already."""
        columns = self.plan["columns"]
        found = {_spelling(each["heading"]): each for each in columns}
        wanted: dict[str, str] = {}
        for heading, field in self._mappings():
            column = found.get(_spelling(heading)) or next((e for e in columns if e["column"] == heading), None)
            if column is None:
                known = ", ".join(each["heading"] or each["column"] for each in columns)
                sentence = "The list has no column {heading}. Its columns: {columns}"
                raise Stop(self.say(sentence, heading=heading, columns=known))
            if column["field"] != field:
                wanted[column["column"]] = field
        if wanted:
            taken = set(wanted.values())
            said = {e["column"]: "" if e["field"] in taken else e["field"] for e in columns}
            self.plan = portal.understand(self.plan["id"], {"columns": {**said, **wanted}})
            self._wait_until_read(portal)

    def _mappings(self) -> Iterator[tuple[str, str]]:
        """Give what the user said of columns, on the command line or in a file with one a line."""
        for said in self.options.mapping:
            lines = [said]
            if "=" not in said:
                try:
                    lines = Path(said).read_text(encoding="utf-8-sig").splitlines()
                except (OSError, UnicodeDecodeError) as error:
                    raise Stop(_unread(self.say, said, error)) from error
            for line in lines:
                heading, is_said, field = line.rpartition("=")
                if line.strip() and not (is_said and heading.strip()):
                    raise Stop(self.say("A mapping is written COLUMN=FIELD, not {mapping}", mapping=line))
                if line.strip() and field.strip() not in FIELDS:
                    sentence = "{field} is no field. The fields are: {fields}"
                    raise Stop(self.say(sentence, field=field.strip(), fields=", ".join(FIELDS)))
                if line.strip():
                    yield heading.strip(), field.strip()

    def _server(self) -> str:
        return str(self.options.server or os.environ.get("CONGVU_SERVER", ""))

    def _token(self) -> str:
        """Read the token from its file or ask for it; as an argument every other user of the computer could see it."""
        if self.options.token_file:
            try:
                token = Path(self.options.token_file).read_text(encoding="utf-8-sig").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise Stop(_unread(self.say, self.options.token_file, error)) from error
        else:
            try:
                token = getpass.getpass(self.say("API token: ")).strip()
            except EOFError:
                token = ""
        if not token or not token.isascii() or any(letter.isspace() for letter in token):
            raise Stop(self.say("No token was given. Agency IT makes one on the page API tokens."))
        return token

    def _tell(self, sentence: str) -> None:
        """Say something to the person; with --json only the document is on standard output."""
        print(sentence, file=sys.stderr if self.options.json else sys.stdout, flush=True)

    def _show_plan(self, portal: Portal) -> None:
        """Say how the list was understood and what each row comes to."""
        plan = self.plan
        self._tell(self.say("List {id} for {agency}", id=plan["id"], agency=plan["agency_name"]))
        read = [each for each in plan["columns"] if each["field"]]
        columns = ", ".join(f"{each['heading']} = {each['name']}" for each in read)
        self._tell(self.say("Columns: {columns}", columns=columns))
        if plan["new_units"]:
            units = ", ".join(f"{each['name']} ({each['rows']})" for each in plan["new_units"])
            self._tell(self.say("New units: {units}", units=units))
        for note in plan["notes"]:
            self._tell(note)
        for kind in KINDS:
            count = plan["counts"][kind]["rows"]
            self._tell(f"\n{self.say(kind)}: {count}")
            shown = portal.rows(plan["id"], kind) if count and kind not in PLAIN else iter(())
            for row in itertools.islice(shown, MOST_SHOWN):
                self._show_row(row)
            if count > MOST_SHOWN and kind not in PLAIN:
                self._tell(self.say("  … and {count} more: {page}", count=count - MOST_SHOWN, page=plan["page"]))
        self._tell("")

    def _show_row(self, row: dict[str, Any]) -> None:
        """Say one row: its number in the file, who, what changes, and everything there is to remark."""
        where = f" ({row['unit']})" if row["unit"] else ""
        self._tell(f"  {self.say('row {row}', row=row['row'])}: {row['name']}{where}")
        for change in row["changes"]:
            self._tell(f"      {change}")
        for reason in row["reasons"]:
            self._tell(f"      {MARKS[reason['level']]} {reason['message']}")

    def _apply(self, portal: Portal) -> None:
        """Have the list applied and watch until it is."""
        public = self.plan["id"]
        self.state = GOES_ON
        if self.plan["state"] in ("planned", "applying"):
            self.plan = portal.start(public, self.plan["version"])
        bar = Bar(self.say("Applying"), self.plan["to_do"], quiet=self.options.json)
        moved, last = time.monotonic(), -1
        while self.plan["state"] == "applying":
            done = self.plan["done"] + self.plan["failed"]
            bar.show(done)
            if done != last:
                moved, last = time.monotonic(), done
            self._be_patient(moved)
            time.sleep(POLL_SECONDS)
            self.plan = portal.show(public)
        bar.show(self.plan["done"] + self.plan["failed"])
        bar.end()
        if self.plan["state"] != "applied":
            sentence = "The list was put aside or stopped by someone (state {state})."
            raise Stop(self.say(sentence, state=self.plan["state"]))
        self.state = AT_THE_END

    def _end(self, portal: Portal) -> int:
        """Say what is left to do, write the outcome, give the exit code."""
        plan = self.plan
        persons = plan["person"]
        missing = plan["leavers"]["proposed"] - plan["leavers"]["confirmed"] if plan["state"] != "applied" else 0
        if plan["state"] == "applied":
            self._tell(self.say("Done: {done} of {all} rows.", done=plan["done"], all=plan["to_do"]))
        failed = list(portal.rows(plan["id"], "failed")) if plan["failed"] else []
        if failed:
            self._tell(self.say("{count} rows were not done:", count=len(failed)))
        for row in failed:
            self._tell(f"  {self.say('row {row}', row=row['row'])}: {row['name']}: {row['failure']}")
        if persons:
            self._tell(self.say("{count} rows need a person.", count=persons))
        if missing:
            sentence = "{count} officials are missing in the list. Whoever has left must be confirmed on {page}"
            self._tell(self.say(sentence, count=missing, page=plan["page"]))
        if self.options.outcome:
            path = Path(self.options.outcome)
            try:
                path.write_bytes(portal.outcome(plan["id"], path.suffix[1:].lower()))
            except OSError as error:
                raise Stop(_unwritten(self.say, path, error)) from error
            self._tell(self.say("The outcome is in {path}.", path=path))
        code = NEEDS_A_PERSON if persons or failed or missing or self.is_declined else DONE
        if self.options.json:
            people = list(portal.rows(plan["id"], "person")) if persons else []
            print(json.dumps({**plan, "person": people, "not_done": failed, "exit": code}, ensure_ascii=False))
        return code


def _spelling(heading: str) -> str:
    """Give a heading as it is compared: one spelling of its letters, case and spaces apart."""
    return " ".join(unicodedata.normalize("NFC", heading).casefold().split())


class Bar:
    """A progress bar on the terminal; elsewhere a line for every tenth."""

    def __init__(self, label: str, total: int, *, quiet: bool) -> None:
        self.label, self.total, self.quiet = label, max(total, 1), quiet
        self.tenth = -1

    def show(self, done: int) -> None:
        """Show how many are done."""
        if self.quiet:
            return
        filled = BAR * done // self.total
        line = f"{self.label} [{'#' * filled}{'.' * (BAR - filled)}] {done}/{self.total}"
        if sys.stdout.isatty():
            print("\r" + line, end="", flush=True)
        elif 10 * done // self.total != self.tenth:
            self.tenth = 10 * done // self.total
            print(line, flush=True)

    def end(self) -> None:
        """Leave the bar's line."""
        if not self.quiet and sys.stdout.isatty():
            print()


def _options(arguments: Sequence[str], say: Speech) -> argparse.Namespace:
    """Read the command line; the token is no part of it, because every user of the computer can see that."""
    parser = argparse.ArgumentParser(
        description=say("Import a staff list into Công vụ: first its plan is shown, then it is applied."),
        epilog=say("Example: {line}", line="python import_staff.py LIST.xlsx --agency H36.05 --dry-run")
        + ". "
        + say("Exit codes: 0 all done, 1 rows need a person, 2 refused.")
        + " "
        + say("Fields for --mapping: {fields}", fields=", ".join(FIELDS)),
    )
    parser.add_argument("list", metavar="LIST", help=say("the list: .xlsx, .xls, .ods or .csv"))
    parser.add_argument(
        "--agency", required=True, metavar="CODE", help=say("identifier code of the agency, such as H36.05")
    )
    parser.add_argument("--dry-run", action="store_true", help=say("show the plan and change nothing"))
    parser.add_argument(
        "--warnings-read", action="store_true", help=say("do not ask about rows with warnings: they were read")
    )
    for option, (metavar, sentence) in TEXTS.items():
        parser.add_argument(option, metavar=metavar, help=say(sentence))
    parser.add_argument("--mode", choices=("additions", "full"), default="additions", help=say(MODE))
    parser.add_argument("--mapping", action="append", default=[], metavar="COLUMN=FIELD|FILE", help=say(MAPPING))
    parser.add_argument("--json", action="store_true", help=say("print one JSON document instead of text"))
    parser.add_argument(
        "--lang", choices=("vi", "en"), default="vi", help=say("language of the messages: vi (default) or en")
    )
    options = parser.parse_args(arguments)
    if options.outcome and not options.outcome.lower().endswith((".xlsx", ".csv")):
        parser.error(say("The outcome must end with .xlsx or .csv"))
    return options


def _language(arguments: Sequence[str]) -> str:
    """Find the language before anything is said, the help included."""
    wanted = [after for before, after in zip(arguments, arguments[1:]) if before == "--lang"]
    return "en" if "--lang=en" in arguments or wanted[-1:] == ["en"] else "vi"


def main(arguments: Sequence[str]) -> int:
    """Run, and turn whatever happens into a sentence and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")  # Windows would stop at the first mark
    say = Speech(_language(arguments))
    work = Import(_options(arguments, say), say)
    try:
        return work.run()
    except Stop as stop:
        print(stop, file=sys.stderr)
        if isinstance(stop, Away) and work.state != NOTHING_SENT:
            print(say(work.state, page=work.plan["page"]), file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("\n" + say(work.state, page=work.plan.get("page", "")), file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
