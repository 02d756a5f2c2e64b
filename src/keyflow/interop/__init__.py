"""What others wrote, as keyflow's: ASL to Python source, and the objects of the `stepfunctions` SDK both ways."""

from keyflow.interop.definitions import Imported, imported
from keyflow.interop.source import snake_case, source_of
from keyflow.interop.templates import with_operations

__all__ = ["Imported", "imported", "snake_case", "source_of", "with_operations"]
