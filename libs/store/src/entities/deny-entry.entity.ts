import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** Who changed something, as stored. */
export interface StoredActor {
  readonly iss: string;
  readonly sub: string;
  readonly user: string;
}

@Entity('deny_entry')
@Check('deny_entry_kind', `kind IN ('sub', 'sid', 'jti')`)
export class DenyEntryEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'deny_entry_pkey' })
  id!: string;

  @Column('text')
  iss!: string;

  @Column('text')
  kind!: 'sub' | 'sid' | 'jti';

  @Column('text')
  value!: string;

  @Column('text')
  reason!: string;

  @Column('jsonb')
  by!: StoredActor;

  @Column('timestamptz', { default: () => 'now()' })
  at!: Date;

  @Column('timestamptz', { nullable: true })
  expires!: Date | null;
}
