import type { Person } from './people.js';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? '');

/** A plain page without scripts, fonts or pictures; `body` is HTML that is safe already. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:4rem auto;padding:0 1rem}
button{display:block;width:100%;margin:.4rem 0;padding:.6rem;font:inherit;text-align:left;cursor:pointer}</style>
</head><body><h1>${escapeHtml(title)}</h1>${body}</body></html>`;
}

/** The login of the development issuer: no passwords, one button per person. */
export function loginPage(uid: string, everyone: readonly Person[]): string {
  const buttons = everyone
    .map(
      ({ name, user, groups }) =>
        `<button name="person" value="${escapeHtml(name)}">${escapeHtml(user)} (${escapeHtml(groups.join(', '))})</button>`,
    )
    .join('');
  return page(
    'Who are you today?',
    `<p>Development issuer: no passwords, invented people. It never runs in production.</p>
<form method="post" action="/interaction/${encodeURIComponent(uid)}">${buttons}</form>`,
  );
}
