"""`GET /sync/v1/snapshot`: the snapshot offered to a paired till, and its bytes, resumable.

Everything is looked up under the company of the token; a path must not name a company.
"""

from uuid import UUID

from starlette.responses import FileResponse, Response

from server.keys import Keys
from server.snapshots.files import Stored
from server.snapshots.keeping import Snapshots
from sync.protocol import chain
from sync.protocol.messages import Snapshot, encode

_NO_JOURNAL = UUID(int=0)


class _Bytes(FileResponse):
    chunk_size = 1024 * 1024  # each chunk is a call to a thread


class SnapshotApi:
    """Answers tills' requests for snapshots."""

    def __init__(self, snapshots: Snapshots | None, keys: Keys) -> None:
        self._snapshots = snapshots
        self._keys = keys

    def offered(self, company_id: UUID, terminal_id: UUID) -> Response:
        """200 with a `Snapshot`, 202 if one is being made, 204 if none will be made because the feed suffices."""
        if self._snapshots is None:
            return Response(status_code=204)
        offer = self._snapshots.offer(company_id)
        if offer.stored is None:
            return Response(status_code=202 if offer.building else 204)
        return Response(encode(self._signed(offer.stored, company_id, terminal_id)), media_type="application/json")

    def file(self, company_id: UUID, name: str) -> Response:
        """The file's bytes, or the requested range; 404 if the snapshot has been replaced."""
        path = None if self._snapshots is None else self._snapshots.place(company_id).file(name)
        if path is None:
            return Response(status_code=404)
        return _Bytes(path, media_type="application/zstd", headers={"Cache-Control": "private, no-store"})

    def _signed(self, stored: Stored, company_id: UUID, terminal_id: UUID) -> Snapshot:
        mark = stored.mark_of(terminal_id)
        snapshot = Snapshot(
            format=stored.format,
            epoch=stored.epoch,
            version=stored.version,
            journal=_NO_JOURNAL if mark is None else mark.journal,
            acked_seq=0 if mark is None else mark.acked_seq,
            rows=stored.rows,
            sha256=stored.sha256,
            bytes=stored.bytes,
            file_bytes=stored.file_bytes,
        )
        return chain.sign_snapshot(self._keys.signing, company_id, terminal_id, snapshot)
