"""The schemas and messages that `compare` and `allocations` work with. Equal on every machine: the seed is the size."""
import json, os, random

LIST = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object", "required": ["batch", "orders"], "additionalProperties": False,
    "properties": {
        "batch": {"type": "string", "pattern": "^[A-Z0-9-]{4,20}$"},
        "orders": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/order"}},
    },
    "definitions": {
        "party": {
            "type": "object", "required": ["name", "iban"], "additionalProperties": False,
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 70},
                "iban": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$"},
                "bic": {"type": "string", "pattern": "^[A-Z0-9]{8}([A-Z0-9]{3})?$"},
                "country": {"enum": ["DE", "FR", "IT", "ES", "NL", "BE", "AT"]},
            },
        },
        "order": {
            "type": "object", "required": ["id", "amount", "currency", "debtor", "creditor"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string", "minLength": 1, "maxLength": 35},
                "amount": {"type": "number", "exclusiveMinimum": 0, "maximum": 999999999},
                "currency": {"enum": ["EUR", "USD", "CHF"]},
                "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
                "urgent": {"type": "boolean"},
                "debtor": {"$ref": "#/definitions/party"}, "creditor": {"$ref": "#/definitions/party"},
                "text": {"oneOf": [{"type": "null"}, {"type": "string", "maxLength": 140}]},
            },
        },
    },
}

XML_LIST = """<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:example:orders" targetNamespace="urn:example:orders"
    elementFormDefault="qualified">
  <xs:element name="Batch" type="Batch"/>
  <xs:complexType name="Batch"><xs:sequence>
    <xs:element name="Id" type="Token"/>
    <xs:element name="Created" type="xs:dateTime"/>
    <xs:element name="Order" type="Order" maxOccurs="unbounded"/>
  </xs:sequence></xs:complexType>
  <xs:complexType name="Order">
    <xs:sequence>
      <xs:element name="Amount" type="Money"/>
      <xs:element name="Date" type="xs:date" minOccurs="0"/>
      <xs:element name="Debtor" type="Party"/>
      <xs:element name="Creditor" type="Party"/>
      <xs:choice minOccurs="0"><xs:element name="Text" type="Text140"/><xs:element name="Reference" type="Token"/></xs:choice>
    </xs:sequence>
    <xs:attribute name="id" type="Token" use="required"/>
    <xs:attribute name="urgent" type="xs:boolean"/>
  </xs:complexType>
  <xs:complexType name="Party"><xs:sequence>
    <xs:element name="Name" type="Text70"/>
    <xs:element name="IBAN" type="IBAN"/>
    <xs:element name="BIC" type="BIC" minOccurs="0"/>
    <xs:element name="Country" type="Country" minOccurs="0"/>
  </xs:sequence></xs:complexType>
  <xs:complexType name="Money"><xs:simpleContent><xs:extension base="Amount">
    <xs:attribute name="currency" type="Currency" use="required"/>
  </xs:extension></xs:simpleContent></xs:complexType>
  <xs:simpleType name="Amount"><xs:restriction base="xs:decimal">
    <xs:minInclusive value="0"/><xs:totalDigits value="18"/><xs:fractionDigits value="5"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Token"><xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="35"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Text70"><xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="70"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Text140"><xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="140"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="IBAN"><xs:restriction base="xs:string"><xs:pattern value="[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="BIC"><xs:restriction base="xs:string"><xs:pattern value="[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Currency"><xs:restriction base="xs:string"><xs:pattern value="[A-Z]{3}"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Country"><xs:restriction base="xs:string">%s</xs:restriction></xs:simpleType>
</xs:schema>
""" % "".join('<xs:enumeration value="%s"/>' % c for c in ("DE", "FR", "IT", "ES", "NL", "BE", "AT"))


def party(r):
    return {"name": "Party %d" % r.randrange(10**6), "iban": "DE%020d" % r.randrange(10**20), "bic": "COBADEFF",
            "country": r.choice(["DE", "FR", "IT"])}


def order(r):
    return {"id": "O-%09d" % r.randrange(10**9), "amount": r.randrange(1, 10**7) / 100, "currency": "EUR",
            "date": "2026-03-%02d" % r.randrange(1, 31), "urgent": r.random() < 0.5, "debtor": party(r),
            "creditor": party(r), "text": r.choice([None, "Invoice %d" % r.randrange(10**6)])}


def json_message(size):
    r = random.Random(size)
    return {"batch": "BATCH-1", "orders": [order(r) for _ in range(size // 330 + 1)]}


def xml_party(name, p):
    return "      <%s>\n        <Name>%s</Name>\n        <IBAN>%s</IBAN>\n        <BIC>%s</BIC>\n        <Country>%s</Country>\n      </%s>\n" % (
        name, p["name"], p["iban"], p["bic"], p["country"], name)


def xml_message(size):
    r = random.Random(size)
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<Batch xmlns="urn:example:orders">\n  <Id>BATCH-1</Id>\n'
             "  <Created>2026-03-31T10:15:00Z</Created>\n"]
    for _ in range(size // 488 + 1):
        o = order(r)
        parts.append('  <Order id="%s" urgent="%s">\n      <Amount currency="EUR">%.2f</Amount>\n      <Date>%s</Date>\n' % (
            o["id"], str(o["urgent"]).lower(), o["amount"], o["date"]))
        parts.append(xml_party("Debtor", o["debtor"]) + xml_party("Creditor", o["creditor"]))
        parts.append("      <Text>%s</Text>\n" % o["text"] if o["text"] else "")
        parts.append("  </Order>\n")
    return "".join(parts) + "</Batch>\n"


def types_file(number, count):
    """A schema of about a kilobyte for each type, each of which uses an earlier one."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>\n<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" '
             'xmlns="urn:example:t%d" targetNamespace="urn:example:t%d" elementFormDefault="qualified">' % (number, number)]
    for k in range(count):
        lines.append('  <xs:complexType name="Type%d"><xs:annotation><xs:documentation>What partner systems know as record %d of '
                     'area %d.</xs:documentation></xs:annotation><xs:sequence>' % (k, k, number))
        for m, kind in enumerate(["xs:string", "xs:date", "xs:decimal", "Code%d" % k, "xs:boolean", "xs:dateTime", "xs:int"]):
            lines.append('    <xs:element name="Member%d" type="%s" minOccurs="%d"/>' % (m, kind, m % 2))
        if k:
            lines.append('    <xs:element name="Part" type="Type%d" minOccurs="0" maxOccurs="%s"/>' % (k // 2, "unbounded" if k % 3 else "5"))
        lines.append('  </xs:sequence><xs:attribute name="version" type="xs:token"/></xs:complexType>')
        lines.append('  <xs:simpleType name="Code%d"><xs:restriction base="xs:string"><xs:pattern value="[A-Z]{2}[0-9]{%d}"/>'
                     '</xs:restriction></xs:simpleType>' % (k, k % 9 + 1))
        lines.append('  <xs:element name="Element%d" type="Type%d"/>' % (k, k))
    return "\n".join(lines + ["</xs:schema>\n"])


def write_contract(folder):
    """A WSDL of 100 operations beside five schemas: 500 KB together. The name of the WSDL."""
    areas, operations = 5, 20
    for number in range(areas):
        write(folder, "types%d.xsd" % number, types_file(number, 94))
    spaces = " ".join('xmlns:t%d="urn:example:t%d"' % (n, n) for n in range(areas))
    imports = "".join('<xs:import namespace="urn:example:t%d" schemaLocation="types%d.xsd"/>' % (n, n) for n in range(areas))
    names = [(n, k) for n in range(areas) for k in range(operations)]
    text = ['<?xml version="1.0"?>\n<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" '
            'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:w="urn:example:w" %s targetNamespace="urn:example:w">' % spaces,
            '<types><xs:schema targetNamespace="urn:example:w">%s</xs:schema></types>' % imports]
    for n, k in names:
        text.append('<message name="In%d_%d"><part name="body" element="t%d:Element%d"/></message>' % (n, k, n, k * 2))
        text.append('<message name="Out%d_%d"><part name="body" element="t%d:Element%d"/></message>' % (n, k, n, k * 2 + 1))
    text.append('<portType name="Port">')
    text += ['<operation name="Do%d_%d"><input message="w:In%d_%d"/><output message="w:Out%d_%d"/></operation>' % (n, k, n, k, n, k) for n, k in names]
    text.append('</portType><binding name="Binding" type="w:Port"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>')
    text += ['<operation name="Do%d_%d"><s:operation soapAction="urn:Do%d_%d"/><input><s:body use="literal"/></input>'
             '<output><s:body use="literal"/></output></operation>' % (n, k, n, k) for n, k in names]
    text.append('</binding><service name="Service"><port name="Port" binding="w:Binding"><s:address location="http://localhost/"/></port></service></definitions>\n')
    write(folder, "service.wsdl", "\n".join(text))
    return "service.wsdl"


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def write_json(folder, name, value):
    return write(folder, name, json.dumps(value, separators=(",", ":")))
