/**
 * What is in a database, read from pg_catalog and typed. This room promises that everything it does not carry is
 * told in `warnings`, that the number of queries does not grow with the number of objects, and that reading twice
 * gives the same order. It does not sort for restore (order/), does not read rows and knows no archive.
 */
import { teller, type Listener, type Warning } from "../events.ts";
import type { Session } from "../session/session.ts";
import { readComments, type Comments } from "./comment.ts";
import { readDatabaseFacts, type DatabaseFacts } from "./database.ts";
import { linkObjects } from "./dependencies.ts";
import type { AnyObject, Key, Kind, KindModule } from "./kind.ts";
import { accessMethod, type AccessMethod } from "./kinds/access-method.ts";
import { aggregate, type Aggregate } from "./kinds/aggregate.ts";
import { baseType, type BaseType } from "./kinds/base-type.ts";
import { cast, type Cast } from "./kinds/cast.ts";
import { check, type Check } from "./kinds/check.ts";
import { collation, type Collation } from "./kinds/collation.ts";
import { composite, type Composite } from "./kinds/composite.ts";
import { constraint, type Constraint } from "./kinds/constraint.ts";
import { defaultPrivileges, type DefaultPrivileges } from "./kinds/default-privileges.ts";
import { conversion, type Conversion } from "./kinds/conversion.ts";
import { columnDefault, type Default } from "./kinds/default.ts";
import { domainConstraint, type DomainConstraint } from "./kinds/domain-constraint.ts";
import { domain, type Domain } from "./kinds/domain.ts";
import { enumType, type EnumType } from "./kinds/enum.ts";
import { eventTrigger, type EventTrigger } from "./kinds/event-trigger.ts";
import { extension, type Extension } from "./kinds/extension.ts";
import { foreignDataWrapper, type ForeignDataWrapper } from "./kinds/foreign-data-wrapper.ts";
import { foreignKey, type ForeignKey } from "./kinds/foreign-key.ts";
import { foreignTable, type ForeignTable } from "./kinds/foreign-table.ts";
import { functionKind, type FunctionObject } from "./kinds/function.ts";
import { identity, type Identity } from "./kinds/identity.ts";
import { indexAttach, type IndexAttach } from "./kinds/index-attach.ts";
import { index, type Index } from "./kinds/index.ts";
import { keyTriggers, type KeyTriggers } from "./kinds/key-triggers.ts";
import { language, type Language } from "./kinds/language.ts";
import { largeObject, type LargeObject } from "./kinds/large-object.ts";
import { materializedView, type MaterializedView } from "./kinds/materialized-view.ts";
import { operatorClass, type OperatorClass } from "./kinds/operator-class.ts";
import { operatorFamilyMember, type OperatorFamilyMember } from "./kinds/operator-family-member.ts";
import { operatorFamily, type OperatorFamily } from "./kinds/operator-family.ts";
import { operator, type Operator } from "./kinds/operator.ts";
import { policy, type Policy } from "./kinds/policy.ts";
import { publication, type Publication } from "./kinds/publication.ts";
import { publicationSchema, type PublicationSchema } from "./kinds/publication-schema.ts";
import { publicationTable, type PublicationTable } from "./kinds/publication-table.ts";
import { range, type Range } from "./kinds/range.ts";
import { rowSecurity, type RowSecurity } from "./kinds/row-security.ts";
import { rule, type Rule } from "./kinds/rule.ts";
import { schema, type Schema } from "./kinds/schema.ts";
import { sequenceOwner, type SequenceOwner } from "./kinds/sequence-owner.ts";
import { sequence, type Sequence } from "./kinds/sequence.ts";
import { server, type Server } from "./kinds/server.ts";
import { shellOperator, type ShellOperator } from "./kinds/shell-operator.ts";
import { shellType, type ShellType } from "./kinds/shell-type.ts";
import { statistics, type Statistics } from "./kinds/statistics.ts";
import { systemObject, type SystemObject } from "./kinds/system-object.ts";
import { subscription, type Subscription } from "./kinds/subscription.ts";
import { tableAttach, type TableAttach } from "./kinds/table-attach.ts";
import { table, type Table } from "./kinds/table.ts";
import { textSearchConfiguration, type TextSearchConfiguration } from "./kinds/text-search-configuration.ts";
import { textSearchDictionary, type TextSearchDictionary } from "./kinds/text-search-dictionary.ts";
import { textSearchParser, type TextSearchParser } from "./kinds/text-search-parser.ts";
import { textSearchTemplate, type TextSearchTemplate } from "./kinds/text-search-template.ts";
import { transform, type Transform } from "./kinds/transform.ts";
import { trigger, type Trigger } from "./kinds/trigger.ts";
import { userMapping, type UserMapping } from "./kinds/user-mapping.ts";
import { view, type View } from "./kinds/view.ts";
import { readSecurityLabels, type SecurityLabel } from "./security-label.ts";
import { readUnmodelled } from "./unmodelled.ts";

/** The type of each kind's objects. A new kind starts with a line here; the compiler then asks for the rest. */
export interface KindObjects {
  schema: Schema;
  language: Language;
  collation: Collation;
  extension: Extension;
  "shell-type": ShellType;
  "base-type": BaseType;
  enum: EnumType;
  composite: Composite;
  range: Range;
  domain: Domain;
  "domain-constraint": DomainConstraint;
  function: FunctionObject;
  aggregate: Aggregate;
  operator: Operator;
  "shell-operator": ShellOperator;
  "access-method": AccessMethod;
  "operator-family": OperatorFamily;
  "operator-family-member": OperatorFamilyMember;
  "operator-class": OperatorClass;
  cast: Cast;
  conversion: Conversion;
  transform: Transform;
  "text-search-parser": TextSearchParser;
  "text-search-template": TextSearchTemplate;
  "text-search-dictionary": TextSearchDictionary;
  "text-search-configuration": TextSearchConfiguration;
  "foreign-data-wrapper": ForeignDataWrapper;
  server: Server;
  "user-mapping": UserMapping;
  table: Table;
  "foreign-table": ForeignTable;
  view: View;
  "materialized-view": MaterializedView;
  sequence: Sequence;
  "sequence-owner": SequenceOwner;
  identity: Identity;
  default: Default;
  check: Check;
  "table-attach": TableAttach;
  "large-object": LargeObject;
  constraint: Constraint;
  index: Index;
  "index-attach": IndexAttach;
  statistics: Statistics;
  rule: Rule;
  trigger: Trigger;
  "foreign-key": ForeignKey;
  "key-triggers": KeyTriggers;
  "row-security": RowSecurity;
  policy: Policy;
  publication: Publication;
  "publication-table": PublicationTable;
  "publication-schema": PublicationSchema;
  subscription: Subscription;
  "default-privileges": DefaultPrivileges;
  "system-object": SystemObject;
  "event-trigger": EventTrigger;
}

/** The registry: what each kind can do. */
export const kinds: { readonly [K in Kind]: KindModule<KindObjects[K]> } = {
  schema,
  language,
  collation,
  extension,
  "shell-type": shellType,
  "base-type": baseType,
  enum: enumType,
  composite,
  range,
  domain,
  "domain-constraint": domainConstraint,
  function: functionKind,
  aggregate,
  operator,
  "shell-operator": shellOperator,
  "access-method": accessMethod,
  "operator-family": operatorFamily,
  "operator-family-member": operatorFamilyMember,
  "operator-class": operatorClass,
  cast,
  conversion,
  transform,
  "text-search-parser": textSearchParser,
  "text-search-template": textSearchTemplate,
  "text-search-dictionary": textSearchDictionary,
  "text-search-configuration": textSearchConfiguration,
  "foreign-data-wrapper": foreignDataWrapper,
  server,
  "user-mapping": userMapping,
  table,
  "foreign-table": foreignTable,
  view,
  "materialized-view": materializedView,
  sequence,
  "sequence-owner": sequenceOwner,
  identity,
  default: columnDefault,
  check,
  "table-attach": tableAttach,
  "large-object": largeObject,
  constraint,
  index,
  "index-attach": indexAttach,
  statistics,
  rule,
  trigger,
  "foreign-key": foreignKey,
  "key-triggers": keyTriggers,
  "row-security": rowSecurity,
  policy,
  publication,
  "publication-table": publicationTable,
  "publication-schema": publicationSchema,
  subscription,
  "default-privileges": defaultPrivileges,
  "system-object": systemObject,
  "event-trigger": eventTrigger,
};

/** The module of an object's kind. */
export function moduleOf(object: AnyObject): KindModule<AnyObject> {
  // The registry's type ties each kind to its own object type; TypeScript cannot follow that through a union.
  return kinds[object.kind] as unknown as KindModule<AnyObject>;
}

/** How GRANT and REVOKE name an object: mostly as everybody else. */
export function grantAddressOf(object: AnyObject): string {
  const module = moduleOf(object);
  return module.grantAddress?.(object) ?? module.address(object);
}

export interface Catalog {
  /** `server_version_num` of the source. */
  readonly serverVersion: number;
  readonly database: DatabaseFacts;
  /** Every object that is not a member of an extension: by kind as in the registry, then by natural key. */
  readonly objects: readonly AnyObject[];
  readonly byKey: ReadonlyMap<Key, AnyObject>;
  /** Objects that came with extensions: not to be created, but their configuration tables have rows of the user. */
  readonly members: ReadonlyMap<Key, AnyObject>;
  /** Key of each member → key of its extension. */
  readonly memberOf: ReadonlyMap<Key, Key>;
  /** Objects on members of extensions, a trigger on an extension's table: the user's own perhaps, and so among `objects` → the extension. */
  readonly additions: ReadonlyMap<Key, Key>;
  /** Key of each object → keys of the objects it needs. Aliases and members of extensions are resolved; no object needs itself. */
  readonly edges: ReadonlyMap<Key, readonly Key[]>;
  /** Comments of objects and of their columns; no entry where there is none. */
  readonly comments: ReadonlyMap<Key, Comments>;
  /** Security labels of objects and of their columns; no entry where there is none. */
  readonly securityLabels: ReadonlyMap<Key, readonly SecurityLabel[]>;
  /** `ALTER … DEPENDS ON EXTENSION`: object → names of the extensions it is dropped with. */
  readonly dependsOnExtension: ReadonlyMap<Key, readonly string[]>;
  /** What exists in the database and is not carried. Also told as events. */
  readonly warnings: readonly Warning[];
}

export interface ReadCatalogOptions {
  /** Told of every warning. Default: nobody. */
  readonly onEvent?: Listener | undefined;
}

/**
 * Reads the whole catalog. The session must have an empty `search_path`, so that the server's printers qualify
 * every name, and should be in a REPEATABLE READ transaction.
 */
export async function readCatalog(session: Session, options: ReadCatalogOptions = {}): Promise<Catalog> {
  const tell = teller(options.onEvent);
  const database = await readDatabaseFacts(session);
  const found: AnyObject[] = [];
  for (const module of Object.values(kinds)) {
    for (const object of await module.read(session)) found.push(object);
  }
  const links = await linkObjects(session, found);
  const comments = await readComments(session, links);
  const securityLabels = await readSecurityLabels(session, links);
  const warnings = await readUnmodelled(session, found, links);
  for (const warning of warnings) tell({ type: "warning", warning });
  const { objects, byKey, edges, dependsOnExtension, members: memberOf, additions } = links;
  const members = new Map(found.filter(({ key }) => links.members.has(key)).map((object) => [object.key, object]));
  return { serverVersion: session.serverVersion, database, objects, byKey, members, memberOf, additions, edges, comments, securityLabels, dependsOnExtension, warnings };
}
