"""Proof before deployment: every fault of every call is tried on the engine, and what it leaves is held to P1 to P5.

from keyflow.verify import prove, subject_of_workflow
"""

from keyflow.verify.definitions import subject_of_workflow
from keyflow.verify.documents import Document, subject_of_document
from keyflow.verify.explore import Counterexample
from keyflow.verify.faults import Fault, Kind
from keyflow.verify.findings import Finding, Property, Weight
from keyflow.verify.origins import FileOrigin, ProjectOrigin
from keyflow.verify.proof import Origin, Proof, prove
from keyflow.verify.subject import Subject

__all__ = [
    "Counterexample",
    "Document",
    "Fault",
    "FileOrigin",
    "Finding",
    "Kind",
    "Origin",
    "ProjectOrigin",
    "Proof",
    "Property",
    "Subject",
    "Weight",
    "prove",
    "subject_of_document",
    "subject_of_workflow",
]
