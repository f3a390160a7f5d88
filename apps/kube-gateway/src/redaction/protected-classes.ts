import { podPlaces } from './pod-places.js';
import type { ResourceFacts } from './resource-facts.js';
import type { RedactionPlan } from './redaction-plan.js';

/** The protected classes that live in the objects of a resource, each once. */
export function protectedClasses(plan: RedactionPlan, facts: ResourceFacts): readonly string[] {
  const group = facts.group === 'core' ? '' : facts.group;
  const found = new Set<string>();
  for (const { class: name, field } of plan.rules) {
    const here =
      field.in === 'pods'
        ? podPlaces(field.part, group, facts.resource).length > 0
        : field.group === group && field.resource === facts.resource;
    if (here) found.add(name);
  }
  return [...found];
}
