// Asks axe-core what is wrong with a page, by the rules of WCAG 2.2 AA.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const kRules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** @param where  a selector; only what is inside is looked at */
export async function isAccessible(page, where = 'body') {
    await page.evaluate(source);
    const found = await page.evaluate(
        async ([selector, rules]) => {
            const { violations } = await globalThis.axe.run(selector, {
                runOnly: { type: 'tag', values: rules },
            });
            return violations.map(({ id, help, nodes }) => ({
                rule: id,
                help,
                at: nodes.slice(0, 5).map(({ target, failureSummary }) => ({
                    target: target.join(' '),
                    why: failureSummary,
                })),
            }));
        },
        [where, kRules],
    );
    assert.deepEqual(found, [], 'axe-core');
}
