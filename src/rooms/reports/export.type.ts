import { Field, Float, ObjectType, registerEnumType } from 'type-graphql';
import { RequiresScope } from '../../shared/access.directives.ts';
import { connectionType } from '../../shared/connection.type.ts';
import { BigIntText, DateTime, Hex, JsonObject } from '../../shared/scalars.ts';
import { NodeType } from '../commerce/node.type.ts';
import { type ExportFile, ExportFormat, ExportStatus } from './export.model.ts';

registerEnumType(ExportFormat, {
  name: 'ExportFormat',
  description: 'Formats of files.',
  valuesConfig: { BUNDLE_ZIP: { description: 'Debug bundle.' } },
});

registerEnumType(ExportStatus, {
  name: 'ExportStatus',
  description: 'States of a file.',
  valuesConfig: {
    EXPIRED: { description: 'Its time is over, or a newer one took its place.' },
    FAILED: { description: 'It could not be made: errorMessage says why.' },
    PENDING: { description: 'It waits for those before it.' },
    READY: { description: 'It is there.' },
    RUNNING: { description: 'It is being made.' },
  },
});

@RequiresScope('ADMIN')
@ObjectType('Export', { implements: NodeType, description: 'A file made in the background.', simpleResolvers: true })
export class ExportType {
  @Field(() => BigIntText, { nullable: true, description: 'Bytes.' })
  readonly byteSize!: string | null;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  readonly createdAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'Until when it is there; null until it is ready.' })
  readonly expiresAt!: string | null;

  @Field(() => ExportFormat, { description: 'Format.' })
  readonly format!: ExportFormat;

  @Field(() => JsonObject, { nullable: true, description: 'Contents, hashes and versions; null until it is ready.' })
  readonly manifest!: ExportFile['manifest'];

  @Field(() => Float, { description: 'Share done, 0 to 1.' })
  readonly progress!: number;

  @Field(() => Hex, { nullable: true, description: 'SHA-256 of the file.' })
  readonly sha256!: string | null;

  @Field(() => ExportStatus, { description: 'State.' })
  readonly status!: ExportStatus;

  @Field(() => String, { nullable: true, description: 'Why it failed.' })
  readonly errorMessage!: string | null;
}

export const ExportConnectionType = connectionType('Export', () => ExportType);
