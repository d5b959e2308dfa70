"""gisapp evidence, gisapp verify-evidence."""

from __future__ import annotations

import argparse
from pathlib import Path

from gisapp.app.command import DONE, USER_CAN_FIX, Answer, Command, Desk
from gisapp.app.evidence import outfall_named, write_evidence, write_evidence_pdf
from gisapp.app.evidence_paper import EvidencePaper, printed_project
from gisapp.app.layer_reading import LayerReading
from gisapp.app.project_session import ProjectSession
from gisapp.cli.projects import keep_sources, project_to_read
from gisapp.io.evidence_proof import EvidenceProof, prove_pack
from gisapp.model.errors import ReadError
from gisapp.model.features import FeatureId
from gisapp.model.progress import Silent
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.text import N_, tr


def _evidence_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--project", type=Path, required=True, help=tr("project folder"))
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--outfall", action="append", default=[], metavar="ID",
        help=tr("id, code or name of an outfall; may be given again"))  # fmt: skip
    which.add_argument("--all", action="store_true", help=tr("all outfalls of the project"))
    add("--output", type=Path, required=True, metavar="FILE",
        help=tr("file to write: a pack .zip, or the pages alone .pdf"))  # fmt: skip
    add("--no-pages", action="store_true", help=tr("a pack without the pages as PDF"))


def _evidence(arguments: argparse.Namespace, desk: Desk) -> Answer:
    path = arguments.output
    with project_to_read(arguments.project, desk) as session:
        project = session.store.project
        outfalls = [outfall_named(project, name) for name in arguments.outfall]
        if arguments.all and OUTFALL_TABLE in project.tables:
            outfalls = [FeatureId(str(fid)) for fid in project.tables[OUTFALL_TABLE].ids]
        keep_sources(session, [path])
        printed = printed_project(project)
        reading = LayerReading(printed, session.folder, desk.plugins.readers())
        try:
            pages = desk.press is not None and not arguments.no_pages
            paper = _paper(session, reading, desk) if pages else None
            if path.suffix.lower() == ".pdf" and paper is not None:
                count = write_evidence_pdf(session.file, project, outfalls, path, Silent(), paper)
                data = {"written": path, "outfalls": outfalls, "pages": count, "ok": True}
                return Answer(data, [str(path), tr("{n} pages").format(n=count)])
            written = write_evidence(session.file, project, outfalls, path, Silent(), paper)
        finally:
            reading.close()
    proof = prove_pack(arguments.output, written.seal)
    data = {
        "written": arguments.output,
        "outfalls": outfalls,
        "members": written.members,
        "bytes": written.bytes,
        "manifest_sha256": written.seal,
        "ok": proof.ok,
    }
    lines = [
        str(arguments.output),
        tr("{n} members, {size} MB, proved").format(
            n=written.members, size=round(written.bytes / 1e6, 1)
        ),
        tr("SHA-256 of the manifest, for the paper that is signed: {seal}").format(
            seal=written.seal
        ),
    ]
    return Answer(data, lines, DONE if proof.ok else USER_CAN_FIX)


def _paper(session: ProjectSession, reading: LayerReading, desk: Desk) -> EvidencePaper:
    """What the pages are drawn with; a layer that cannot be read is said and left out."""
    assert desk.press is not None
    wrong: list[ReadError] = []
    data = reading.visible(desk, wrong)
    for error in wrong:
        desk.say(f"{error.message} {error.hint}".strip())
    return EvidencePaper(
        reading.project, session.folder, data, desk.plugins.painters(), desk.press()
    )


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pack", type=Path, metavar="ZIP")
    parser.add_argument(
        "--manifest-sha256",
        default="",
        metavar="HEX",
        help=tr("the SHA-256 of the manifest as it was handed over"),
    )


def _verify(arguments: argparse.Namespace, desk: Desk) -> Answer:
    proof = prove_pack(arguments.pack, arguments.manifest_sha256)
    code = DONE if proof.ok else USER_CAN_FIX
    data = {
        "ok": proof.ok,
        "manifest_sha256": proof.seal,
        "about": proof.about,
        "members": proof.members,
        "bytes": proof.bytes,
        "faults": proof.faults,
    }
    return Answer(data, proof_lines(proof, compared=bool(arguments.manifest_sha256)), code)


def proof_lines(proof: EvidenceProof, *, compared: bool) -> list[str]:
    """What was proved, for people."""
    lines = [f"{tr('WRONG')}  {fault.member}: {fault.message}" for fault in proof.faults]
    if proof.ok:
        text = tr("{n} members are there, unchanged, and nothing else")
        lines.append(text.format(n=proof.members))
        if not compared:
            lines.append(
                tr("Compare the SHA-256 of the manifest with the paper: {seal}").format(
                    seal=proof.seal
                )
            )
    return lines


EVIDENCE = (
    Command(
        "evidence",
        N_("Write an evidence pack of outfalls"),
        _evidence_arguments,
        _evidence,
    ),
    Command(
        "verify-evidence",
        N_("Prove that an evidence pack is whole and unchanged"),
        _verify_arguments,
        _verify,
    ),
)
