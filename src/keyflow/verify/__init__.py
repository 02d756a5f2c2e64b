"""Proof before deployment: every fault of every call is tried on the engine, and what it leaves is held to P1 to P5.

from keyflow.verify import prove, subject_of_workflow
"""

from keyflow.verify.judges.findings import Finding, Property, Weight
from keyflow.verify.search.isolation import Clash, Isolation, isolations
from keyflow.verify.search.proof import Origin, Proof, prove
from keyflow.verify.search.scenarios import Counterexample
from keyflow.verify.subjects.definition_files import definitions_of
from keyflow.verify.subjects.documents import Document, subject_of_document
from keyflow.verify.subjects.origins import FileOrigin, ProjectOrigin
from keyflow.verify.subjects.routes import AnswersProof, prove_answers
from keyflow.verify.subjects.subject import Subject
from keyflow.verify.subjects.workflows import subject_of_workflow
from keyflow.verify.world.faults import Fault, Kind

__all__ = [
    "AnswersProof",
    "Clash",
    "Counterexample",
    "Document",
    "Fault",
    "FileOrigin",
    "Finding",
    "Isolation",
    "Kind",
    "Origin",
    "ProjectOrigin",
    "Proof",
    "Property",
    "Subject",
    "Weight",
    "definitions_of",
    "isolations",
    "prove",
    "prove_answers",
    "subject_of_document",
    "subject_of_workflow",
]
