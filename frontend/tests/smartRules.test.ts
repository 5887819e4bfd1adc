import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SmartRules } from '../src/api/catalog';
import { draftOf, kFields, kOperators, newTest, rulesOf, withOperator } from '../src/lib/smartRules';

test('rules survive the editor unchanged, what it cannot show included', () => {
    const rules: SmartRules = {
        match: {
            any: [
                { field: 'genre', operator: 'is', value: 'Jazz' },
                { field: 'year', operator: 'inRange', value: [1960, 1969] },
                { all: [{ field: 'starred', operator: 'is', value: true }] },
                { field: 'plrDb', operator: 'gt', value: 12 },
            ],
        },
        order: [{ by: 'playCount', direction: 'descending' }],
        limit: { minutes: 90 },
    };
    const draft = draftOf(rules);
    assert.equal(draft.tests.length, 2);
    assert.equal(draft.others.length, 2);
    assert.deepEqual(rulesOf(draft), rules);
});

test('a single condition becomes a list of one, and no rules stay none', () => {
    const draft = draftOf({ match: { field: 'rating', operator: 'gt', value: 3 } });
    assert.deepEqual(rulesOf(draft), {
        match: { all: [{ field: 'rating', operator: 'gt', value: 3 }] },
    });
    assert.deepEqual(rulesOf(draftOf({})), {});
    assert.deepEqual(rulesOf(draftOf({ order: { random: null }, limit: { tracks: 50 } })), {
        order: { random: null },
        limit: { tracks: 50 },
    });
});

test('every field begins with an operator of its kind', () => {
    for (const field of Object.keys(kFields) as (keyof typeof kFields)[]) {
        const { operator } = newTest(field);
        assert.ok(kOperators[kFields[field]].includes(operator), field);
    }
});

test('another operator brings the value into its form', () => {
    const year = newTest('year');
    assert.deepEqual(withOperator({ ...year, value: 1990 }, 'inRange').value, [1990, 1990]);
    assert.equal(withOperator({ ...year, value: [1990, 1999] }, 'gt').value, 1990);
    const added = newTest('added');
    assert.match(String(withOperator(added, 'before').value), /^\d{4}-\d\d-\d\d$/);
    assert.equal(withOperator(withOperator(added, 'before'), 'inTheLast').value, 30);
});
