import { type Principal, type Role, type RolesSection, rolesOf } from '@app/identity';

/** Who holds which role, by the configuration. */
export class RoleBook {
  constructor(private readonly section: RolesSection) {}

  of(principal: Principal): readonly Role[] {
    return rolesOf(principal, this.section);
  }
}
