"""Edits projects as the window does, until it is killed. Started by test_never_unsaved.

Each line on its standard input is [folder, seed]; it forks an editor for it, prints the editor's
process number, then what the editor acknowledges, then `died`. With the option `busy` the editor
also draws, exports and takes snapshots on other threads.
"""

import json
import os
import queue
import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from gisapp.app.project_session import ProjectSession, open_project  # noqa: E402
from gisapp.app.store import Change  # noqa: E402
from gisapp.io.snapshots import snapshot_for_readers, write_snapshot  # noqa: E402
from gisapp.model.edit import LayersEdit  # noqa: E402
from tests.projects import adding, changing, deleting  # noqa: E402


def tell(line: str) -> None:
    os.write(1, (line + "\n").encode())


def edit(folder: Path, seed: int, *, busy: bool) -> None:
    """Open, edit for a while, close, again and again."""
    chance = random.Random(seed)
    counter = 0
    while True:
        posts: queue.Queue[Callable[[], None]] = queue.Queue()
        session = open_project(folder, deliver=posts.put)
        store = session.store

        def acknowledged(change: Change) -> None:
            tell(json.dumps([change.committed.number, change.kind, change.edit.label]))

        store.changed.subscribe(acknowledged)
        store.refused.subscribe(lambda error: tell(f"refused {error!r}"))
        stop = threading.Event()
        others = work_beside(session, stop) if busy else []
        for _ in range(chance.randrange(1, 60)):
            counter += 1
            step(session, chance, f"{seed}-{counter}")
            while store.unwritten > chance.randrange(0, 4):
                posts.get()()
        while store.unwritten:
            posts.get()()
        stop.set()
        for other in others:
            other.join()
        session.close()


def step(session: ProjectSession, chance: random.Random, name: str) -> None:
    store = session.store
    what = chance.random()
    ids = list(store.project.tables["outfalls"].ids) if not store.unwritten else []
    if what < 0.15 and store.undo_label:
        store.undo()
    elif what < 0.25 and store.redo_label:
        store.redo()
    elif what < 0.3 and not store.unwritten:
        layers = store.project.layers
        store.apply(LayersEdit(name, layers, layers[::-1]))
    elif what < 0.4 and len(ids) > 3:
        store.apply(deleting(store.project, chance.choice(ids)))
    elif what < 0.6 and ids:
        fid = chance.choice(ids)
        store.apply(changing(store.project, fid, name=name, flow=chance.random()))
    else:
        store.apply(
            adding(*(f"{name}-{n}" for n in range(chance.choice((1, 1, 1, 30)))), label=name)
        )


def work_beside(session: ProjectSession, stop: threading.Event) -> list[threading.Thread]:
    """What else goes on in the window: drawing, exporting through GDAL, snapshots, history."""
    import pyogrio

    store, file = session.store, session.file

    def draw() -> None:
        shapes = store.project.tables["outfalls"].shapes_in("EPSG:4547")
        assert len(shapes.coords) == len(store.project.tables["outfalls"].ids) or stop

    def export() -> None:
        pyogrio.read_info(snapshot_for_readers(session.folder), layer="outfalls")

    def snapshot() -> None:
        write_snapshot(session.folder)

    def look_back() -> None:
        for table in store.project.tables.values():
            assert file.history(table.name, str(table.ids[0]))

    def repeat(work: Callable[[], None]) -> None:
        while not stop.is_set():
            try:
                work()
            except Exception as error:
                tell(f"refused beside: {error!r}")
                raise

    threads = [
        threading.Thread(target=repeat, args=(w,)) for w in (draw, export, snapshot, look_back)
    ]
    for thread in threads:
        thread.start()
    return threads


def main() -> None:
    busy = "busy" in sys.argv
    for line in sys.stdin:
        folder, seed = json.loads(line)
        ready, go = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.read(ready, 1)
            try:
                edit(Path(folder), seed, busy=busy)
            except BaseException as error:
                tell(f"refused: {error!r}")
                raise
            finally:
                os._exit(1)
        tell(str(pid))
        os.write(go, b"x")
        os.waitpid(pid, 0)
        os.close(ready)
        os.close(go)
        tell("died")


if __name__ == "__main__":
    main()
