"""Reads lineage documents with other people's libraries, and says what they found. In: {provJson, provJsonld, context}; out: one JSON object."""
import json
import sys

from datetime import datetime

from prov.model import ProvActivity, ProvDocument, ProvElement, ProvRelation
from rdflib import Graph, Namespace, RDF

given = json.load(sys.stdin)

document = ProvDocument.deserialize(content=given["provJson"], format="json")
elements = {str(record.identifier) for record in document.get_records(ProvElement)}
relations = list(document.get_records(ProvRelation))
dangling = sorted({str(value) for relation in relations for name, value in relation.formal_attributes
                   if value is not None and str(name) != "prov:time" and str(value) not in elements})

PROV = Namespace("http://www.w3.org/ns/prov#")
linked = json.loads(given["provJsonld"])
# The context's own address is not asked: the test brings its terms along.
linked["@context"] = [given["context"] if isinstance(one, str) else one for one in linked["@context"]]
graph = Graph().parse(data=json.dumps(linked), format="json-ld")
declared = {subject for kind in (PROV.Entity, PROV.Activity, PROV.Agent) for subject in graph.subjects(RDF.type, kind)}
qualified = ["Usage", "Generation", "Invalidation", "Attribution", "Association", "Communication", "Derivation"]
statements = [subject for kind in qualified for subject in graph.subjects(RDF.type, PROV[kind])]
pointing = [graph.value(statement, PROV[name]) for statement in statements for name in ("entity", "activity", "agent")]
pointed_from = [[subject for subject, name in graph.subject_predicates(statement) if str(name).startswith(str(PROV) + "qualified")] for statement in statements]

# Both ways to say what is said of a relation and of an activity's time, in one spelling.
def instant(value):
    moment = value if isinstance(value, datetime) else value and value.toPython()
    return moment.isoformat() if moment else None

def uri(name):
    return name.uri if hasattr(name, "uri") else str(name)

told = {(uri(relation.identifier), *[uri(value) for _, value in relation.formal_attributes[:2]],
         instant(dict((str(name), value) for name, value in relation.formal_attributes).get("prov:time"))) for relation in relations}
linked_told = {(str(statement), str(subjects[0]), str(next(node for node in ends if node is not None)), instant(graph.value(statement, PROV.atTime)))
               for statement, subjects, ends in zip(statements, pointed_from, zip(*[iter(pointing)] * 3)) if subjects}
times = {(uri(activity.identifier), instant(activity.get_startTime()), instant(activity.get_endTime())) for activity in document.get_records(ProvActivity)}
linked_times = {(str(activity), instant(graph.value(activity, PROV.startedAtTime)), instant(graph.value(activity, PROV.endedAtTime)))
                for activity in graph.subjects(RDF.type, PROV.Activity)}

print(json.dumps({
    "elements": len(elements),
    "relations": len(relations),
    "identifiers": len({str(relation.identifier) for relation in relations}),
    "dangling": dangling,
    "provN": document.get_provn(),
    "linkedElements": len(declared),
    "linkedRelations": len(statements),
    "linkedDangling": sorted({str(node) for node in pointing if node is not None and node not in declared}),
    "toldApart": sorted(map(str, (told ^ linked_told) | (times ^ linked_times)))[:10],
    "linkedComplete": all(len(subjects) == 1 and subjects[0] in declared for subjects in pointed_from),
}))
