import assert from 'node:assert/strict';
import { test } from 'node:test';
import { care, type LibraryProblem } from '../src/api/care';

const kThere = Array.from({ length: 2_001 }, (_, i): LibraryProblem => ({
    path: `/music/${i}.flac`,
    kind: 'damaged',
    reason: 'no audio in it',
}));

/** A server with these problems; `asked` notes after what each page was asked for. */
function serve(asked: (string | null)[]): void {
    globalThis.fetch = (url) => {
        const query = new URL(String(url), 'http://segue').searchParams;
        const after = query.get('after');
        asked.push(after);
        const from = Number(after ?? 0);
        const to = from + Number(query.get('limit'));
        const problems = kThere.slice(from, to);
        return Promise.resolve(
            Response.json({ problems, next: to < kThere.length ? String(to) : null }),
        );
    };
}

test('problems are asked for page by page, until there are no more', async () => {
    const asked: (string | null)[] = [];
    serve(asked);
    assert.deepEqual(await care.problems(10_000), kThere);
    assert.equal(asked.length, new Set(asked).size);
    assert.ok(asked.length > 1);
});

test('no more problems are asked for than are wanted', async () => {
    serve([]);
    assert.deepEqual(await care.problems(1_500), kThere.slice(0, 1_500));
});
