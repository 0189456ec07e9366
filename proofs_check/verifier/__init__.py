"""Check certificates that printed statements fail, with integers alone.

    python -I proofs_check/verifier FILE...

A certificate is JSON: the id of a claim, the kind of argument, a statement for the reader, data. Of
these only the data are used; every inequality is decided here. Nothing is imported but the standard
library, so that this folder can be read and run by itself.

Networks are theta = u*u - v*v, for flows with momentum w_+ = u + v and w_- = u - v of theta = u*v;
unless a recipe says otherwise there is one sample x with target y, L = (x.theta - y)^2/2.
"""

from .deciding import RECIPES, judged, main, verify
from .reading import Data, InvalidCertificate

__all__ = ["RECIPES", "Data", "InvalidCertificate", "judged", "main", "verify"]
