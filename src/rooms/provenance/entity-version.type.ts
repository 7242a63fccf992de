import { ObjectType } from 'type-graphql';
import { connectionType } from '../../shared/connection.type.ts';
import { NodeType } from '../commerce/node.type.ts';

@ObjectType('EntityVersion', { implements: NodeType, description: 'One version of one entity.' })
export class EntityVersionType extends NodeType {}

export const EntityVersionConnectionType = connectionType('EntityVersion', () => EntityVersionType);
