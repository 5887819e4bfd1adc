// Asks axe-core what is wrong with a page, by the rules of WCAG 2.2 AA and by good practice.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const kRules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What fades in has less contrast on its way; what turns for ever is as it is. */
function standsStill(page) {
    return page.evaluate(() =>
        Promise.all(
            document
                .getAnimations()
                .filter((each) => each.effect?.getComputedTiming().endTime !== Infinity)
                .map((each) => each.finished.catch(() => {})),
        ),
    );
}

/**
 * @param what  names the page in the message of a failure
 * @param where  a selector; only what is inside is looked at
 */
export async function isAccessible(page, what, where = 'html') {
    await standsStill(page);
    await page.evaluate(source);
    const found = await page.evaluate(
        async ([selector, rules]) => {
            const { violations } = await globalThis.axe.run(selector, {
                runOnly: { type: 'tag', values: rules },
            });
            return violations.map(({ id, help, nodes }) => ({
                rule: id,
                help,
                at: nodes.slice(0, 5).map(({ html, target, failureSummary }) => ({
                    target: target.join(' '),
                    html: html.slice(0, 160),
                    why: failureSummary,
                })),
            }));
        },
        [where, kRules],
    );
    assert.deepEqual(found, [], `axe-core: ${what}`);
}
