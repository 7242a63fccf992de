// What documents must look like. The published schemas are not part of this project: these say the same of what is used here, in our own words,
// after the specifications that each one names. Nothing that they do not name is allowed, where the specification does not allow it either.

const qualifiedName = { type: 'string', pattern: '^[A-Za-z0-9_]+:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?$' };
const instant = { type: 'string', format: 'date-time' };
const object = (properties: Record<string, unknown>, required: readonly string[], more: unknown = false) => ({
  ...{ type: 'object', properties, required, additionalProperties: more },
});
const mapOf = (content: unknown) => ({ type: 'object', propertyNames: qualifiedName, additionalProperties: content });

const typedValue = object({ $: { type: 'string' }, type: { enum: ['prov:QUALIFIED_NAME'] } }, ['$', 'type']);
const element = (times: Record<string, unknown>) =>
  object(
    { ...times, 'prov:label': { type: 'string' }, 'prov:type': { type: 'array', items: typedValue }, 'whence:table': { type: 'string' } },
    ['prov:label', 'prov:type'],
  );
const relation = (roles: readonly string[], hasTime = false) => {
  const names = roles.map((role) => `prov:${role}`);
  const time = hasTime ? { 'prov:time': instant } : {};
  return mapOf(object({ ...Object.fromEntries(names.map((name) => [name, qualifiedName])), ...time }, names));
};

/** After PROV-JSON, W3C Member Submission of 24 April 2013, https://www.w3.org/Submission/prov-json, sections 2 and 3. */
export const provJsonSchema = object(
  {
    prefix: { type: 'object', additionalProperties: { type: 'string', format: 'uri' } },
    entity: mapOf(element({})),
    activity: mapOf(element({ 'prov:startTime': instant, 'prov:endTime': instant })),
    agent: mapOf(element({})),
    used: relation(['activity', 'entity'], true),
    wasGeneratedBy: relation(['entity', 'activity'], true),
    wasInvalidatedBy: relation(['entity', 'activity'], true),
    wasDerivedFrom: relation(['generatedEntity', 'usedEntity']),
    wasInformedBy: relation(['informed', 'informant']),
    wasAttributedTo: relation(['entity', 'agent']),
    wasAssociatedWith: relation(['activity', 'agent']),
  },
  ['prefix', 'entity'],
);

const labels = { type: 'array', items: object({ '@value': { type: 'string' } }, ['@value']) };
const linked = (type: string, properties: Record<string, unknown>, required: readonly string[] = []) =>
  object({ '@type': { const: type }, '@id': qualifiedName, ...properties }, ['@type', '@id', ...required]);
const linkedElement = (type: string, times: Record<string, unknown> = {}) =>
  linked(type, { ...times, label: labels, type: { type: 'array', items: qualifiedName }, 'whence:table': labels }, ['label', 'type']);
const linkedRelation = (type: string, roles: readonly string[], hasTime = false) =>
  linked(type, { ...Object.fromEntries(roles.map((role) => [role, qualifiedName])), ...(hasTime && { time: instant }) }, roles);

/** After PROV-JSONLD, W3C Member Submission of 25 August 2024, https://www.w3.org/submissions/prov-jsonld. */
export const provJsonldSchema = object(
  {
    '@context': {
      type: 'array',
      items: {
        anyOf: [
          { type: 'string', format: 'uri' },
          { type: 'object', additionalProperties: { type: 'string' } },
        ],
      },
    },
    '@graph': {
      type: 'array',
      items: {
        oneOf: [
          linkedElement('Entity'),
          linkedElement('Activity', { startTime: instant, endTime: instant }),
          linkedElement('Agent'),
          linkedRelation('Usage', ['activity', 'entity'], true),
          linkedRelation('Generation', ['entity', 'activity'], true),
          linkedRelation('Invalidation', ['entity', 'activity'], true),
          linkedRelation('Derivation', ['generatedEntity', 'usedEntity']),
          linkedRelation('Communication', ['informed', 'informant']),
          linkedRelation('Attribution', ['entity', 'agent']),
          linkedRelation('Association', ['activity', 'agent']),
        ],
      },
    },
  },
  ['@context', '@graph'],
);

const reverse = (property: string) => ({ '@reverse': `prov:${property}`, '@type': '@id' });
const link = (property: string) => ({ '@id': `prov:${property}`, '@type': '@id' });
const time = { '@id': 'prov:atTime', '@type': 'xsd:dateTime' };
const scoped = (name: string, terms: Record<string, unknown>) => ({ '@id': `prov:${name}`, '@context': terms });

/** The meaning in PROV-O that the same submission gives its terms, as far as they are used here. */
export const provTerms = {
  '@version': 1.1,
  prov: 'http://www.w3.org/ns/prov#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
  label: { '@id': 'http://www.w3.org/2000/01/rdf-schema#label' },
  type: { '@id': 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type', '@type': '@id' },
  ...{ entity: link('entity'), activity: link('activity'), agent: link('agent') },
  Entity: { '@id': 'prov:Entity' },
  Agent: { '@id': 'prov:Agent' },
  Activity: scoped('Activity', {
    startTime: { '@id': 'prov:startedAtTime', '@type': 'xsd:dateTime' },
    endTime: { '@id': 'prov:endedAtTime', '@type': 'xsd:dateTime' },
  }),
  Usage: scoped('Usage', { activity: reverse('qualifiedUsage'), time }),
  Generation: scoped('Generation', { entity: reverse('qualifiedGeneration'), time }),
  Invalidation: scoped('Invalidation', { entity: reverse('qualifiedInvalidation'), time }),
  Attribution: scoped('Attribution', { entity: reverse('qualifiedAttribution') }),
  Association: scoped('Association', { activity: reverse('qualifiedAssociation') }),
  Communication: scoped('Communication', { informed: reverse('qualifiedCommunication'), informant: link('activity') }),
  Derivation: scoped('Derivation', { generatedEntity: reverse('qualifiedDerivation'), usedEntity: link('entity') }),
};

const uri = { type: 'string', format: 'uri' };
const named = { namespace: { type: 'string', minLength: 1 }, name: { type: 'string', minLength: 1 } };
const facet = (properties: Record<string, unknown> = {}, required: readonly string[] = []) =>
  object({ _producer: uri, _schemaURL: uri, ...properties }, ['_producer', '_schemaURL', ...required]);
const facets = (properties: Record<string, unknown>) => object(properties, []);
const run = { type: 'object', properties: { runId: { type: 'string', format: 'uuid' } }, required: ['runId'] };
const inputField = object(
  {
    ...named,
    field: { type: 'string' },
    transformations: {
      type: 'array',
      items: object(
        {
          type: { enum: ['DIRECT', 'INDIRECT'] },
          subtype: { enum: ['IDENTITY', 'TRANSFORMATION', 'AGGREGATION', 'JOIN', 'GROUP_BY', 'FILTER', 'SORT', 'WINDOW', 'CONDITIONAL'] },
          description: { type: 'string' },
          masking: { type: 'boolean' },
        },
        ['type'],
      ),
    },
  },
  ['namespace', 'name', 'field'],
);
const columnLineage = facet(
  { fields: { type: 'object', additionalProperties: object({ inputFields: { type: 'array', items: inputField } }, ['inputFields']) } },
  ['fields'],
);
const dataset = object(
  {
    ...named,
    facets: facets({ whence_versions: facet({ versions: { type: 'array', items: { type: 'string' } } }, ['versions']), columnLineage }),
  },
  ['namespace', 'name'],
);
const event = (definition: string, properties: Record<string, unknown>, required: readonly string[]) =>
  object(
    {
      eventTime: instant,
      producer: uri,
      schemaURL: { const: `https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/${definition}` },
      ...properties,
    },
    ['eventTime', 'producer', 'schemaURL', ...required],
  );

const jobType = facet(
  { processingType: { enum: ['BATCH', 'STREAMING', 'SERVICE'] }, integration: { type: 'string' }, jobType: { type: 'string' } },
  ['processingType', 'integration'],
);

/**
 * After OpenLineage 2-0-2, https://openlineage.io/spec/2-0-2/OpenLineage.json, and its facets for column lineage (1-2-0), parent runs (1-0-1) and types
 * of job (2-0-3).
 */
export const openLineageSchema = {
  oneOf: [
    event(
      'RunEvent',
      {
        eventType: { enum: ['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER'] },
        run: object(
          { ...run.properties, facets: facets({ parent: facet({ run, job: object(named, ['namespace', 'name']) }, ['run', 'job']) }) },
          ['runId'],
        ),
        job: object({ ...named, facets: facets({ jobType }) }, ['namespace', 'name']),
        inputs: { type: 'array', items: dataset },
        outputs: { type: 'array', items: dataset },
      },
      ['run', 'job'],
    ),
    event('DatasetEvent', { dataset }, ['dataset']),
  ],
};
