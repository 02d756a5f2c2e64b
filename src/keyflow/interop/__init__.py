"""What others wrote, as keyflow's: ASL to Python source, and the objects of the `stepfunctions` SDK both ways."""

from keyflow.interop.definitions import Imported, imported
from keyflow.interop.equivalence import canonical
from keyflow.interop.source import source_of

__all__ = ["Imported", "canonical", "imported", "source_of"]
