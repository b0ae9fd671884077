"""Validates XML on stdin against a schema: RELAX NG (.rng) or W3C XML Schema (.xsd), by libxml2. Says what is wrong and ends with 1."""
import ctypes
import sys

xml2 = ctypes.CDLL("libxml2.so.2")
for name in ("xmlReadMemory", "xmlReadFile", "xmlRelaxNGNewParserCtxt", "xmlRelaxNGParse", "xmlRelaxNGNewValidCtxt",
             "xmlSchemaNewParserCtxt", "xmlSchemaParse", "xmlSchemaNewValidCtxt"):
    getattr(xml2, name).restype = ctypes.c_void_p
NO_NETWORK = 1 << 11

schema_path = sys.argv[1].encode()
text = sys.stdin.buffer.read()
document = xml2.xmlReadMemory(text, len(text), b"input.xml", None, NO_NETWORK)
if not document:
    sys.exit("not well formed")
kind = "xmlRelaxNG" if schema_path.endswith(b".rng") else "xmlSchema"
parser = getattr(xml2, kind + "NewParserCtxt")(schema_path)
schema = getattr(xml2, kind + "Parse")(ctypes.c_void_p(parser))
if not schema:
    sys.exit("the schema itself is wrong")
validator = getattr(xml2, kind + "NewValidCtxt")(ctypes.c_void_p(schema))
found = getattr(xml2, kind + "ValidateDoc")(ctypes.c_void_p(validator), ctypes.c_void_p(document))
sys.exit(0 if found == 0 else 1)
