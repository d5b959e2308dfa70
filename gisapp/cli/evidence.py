"""gisapp evidence, gisapp verify-evidence."""

from __future__ import annotations

import argparse
from pathlib import Path

from gisapp.app.command import DONE, USER_CAN_FIX, Answer, Command, Desk
from gisapp.app.evidence import outfall_named, write_evidence
from gisapp.cli.projects import project_to_read
from gisapp.io.evidence_proof import EvidenceProof, prove_pack
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
    add("--output", type=Path, required=True, metavar="ZIP", help=tr("file to write"))


def _evidence(arguments: argparse.Namespace, desk: Desk) -> Answer:
    with project_to_read(arguments.project, desk) as session:
        project = session.store.project
        outfalls = [outfall_named(project, name) for name in arguments.outfall]
        if arguments.all and OUTFALL_TABLE in project.tables:
            outfalls = [FeatureId(str(fid)) for fid in project.tables[OUTFALL_TABLE].ids]
        written = write_evidence(session.file, project, outfalls, arguments.output, Silent())
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
