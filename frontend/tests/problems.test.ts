import assert from 'node:assert/strict';
import { test } from 'node:test';
import { care, type LibraryProblem } from '../src/api/care';

test('problems are asked for piece by piece, until there are no more', async () => {
    const there = Array.from({ length: 20_001 }, (_, i): LibraryProblem => ({
        path: `/music/${i}.flac`,
        kind: 'damaged',
        reason: 'no audio in it',
    }));
    const asked: string[] = [];
    globalThis.fetch = (url) => {
        asked.push(String(url));
        const query = new URL(String(url), 'http://segue').searchParams;
        const skip = Number(query.get('skip'));
        const problems = there.slice(skip, skip + Number(query.get('limit')));
        return Promise.resolve(Response.json({ problems }));
    };
    assert.deepEqual(await care.problems(), there);
    assert.deepEqual(
        asked.map((url) => new URL(url, 'http://segue').searchParams.get('skip')),
        ['0', '10000', '20000'],
    );
});
