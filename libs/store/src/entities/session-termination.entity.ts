import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { StoredActor } from './deny-entry.entity.js';

@Entity('session_termination')
@Index('session_termination_at', ['at'])
export class SessionTerminationEntity {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'session_termination_pkey' })
  session!: string;

  @Column('jsonb')
  by!: StoredActor;

  @Column('text')
  reason!: string;

  @Column('timestamptz', { default: () => 'now()' })
  at!: Date;
}
