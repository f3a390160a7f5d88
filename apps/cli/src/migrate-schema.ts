// Apart from the command, which loads it only when it runs: the ORM takes longer to load than any other command to run.
export { runMigrations } from '@app/store';
