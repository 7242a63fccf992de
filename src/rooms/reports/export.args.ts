import { Field, InputType, Int } from 'type-graphql';
import { payloadType } from '../../shared/payload.type.ts';
import type { CreateDebugBundle } from './export.service.ts';
import { ExportType } from './export.type.ts';

@InputType('CreateDebugBundleInput', { description: 'Input of createDebugBundle.' })
export class CreateDebugBundleInput implements CreateDebugBundle {
  @Field(() => Int, { nullable: true, defaultValue: 1000, description: 'Newest entries to include.' })
  readonly auditLimit?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Repeating a call with the same key within 24 hours returns the first outcome.',
  })
  readonly idempotencyKey?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Whether a logical backup of the tenant's data is included; needs ADMIN and PII_READ.",
  })
  readonly includeBackup?: boolean | null;

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Whether personal data is included; needs PII_READ.' })
  readonly includeSensitive?: boolean | null;
}

export const CreateDebugBundlePayload = payloadType('createDebugBundle', 'export', () => ExportType);
