import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LibraryProblem, ProblemKind } from '../src/api/care';
import {
    ago,
    formatBytes,
    formatShare,
    groupProblems,
    mergeJobs,
    reasonWithout,
    roughly,
    secondsLeftOf,
    splitPath,
} from '../src/lib/care';

test('sizes are read at a glance', () => {
    assert.deepEqual(
        [0, 1, 999, 1000, 1024, 61 * 2 ** 20, 1.5 * 2 ** 30, 2 ** 40, -5].map(formatBytes),
        [
            '0 bytes',
            '1 byte',
            '999 bytes',
            '1 KiB',
            '1 KiB',
            '61 MiB',
            '1.5 GiB',
            '1.0 TiB',
            '0 bytes',
        ],
    );
    assert.equal(formatBytes(1000 * 2 ** 20), '1.0 GiB');
});

test('a guess of time is no more exact than it can be', () => {
    assert.deepEqual([1, 12, 47, 56, 100, 1000, 7200, 200_000].map(roughly), [
        'a few seconds',
        'about 10 seconds',
        'about 50 seconds',
        'about a minute',
        'about 2 minutes',
        'about 17 minutes',
        'about 2 hours',
        'about 2 days',
    ]);
});

test('what is left is guessed once there is something to go by', () => {
    assert.equal(secondsLeftOf(0, 100), undefined);
    assert.equal(secondsLeftOf(0.5, 1), undefined);
    assert.equal(secondsLeftOf(0.25, 10), 30);
    assert.equal(secondsLeftOf(1, 10), 0);
});

test('the past is told as people tell it', () => {
    const now = Date.parse('2026-11-30T12:00:00Z');
    const before = (seconds: number) => ago(now - seconds * 1000, now);
    assert.equal(before(3), 'just now');
    assert.equal(before(-90), 'just now');
    assert.equal(before(60), 'a minute ago');
    assert.equal(before(55 * 60), '55 minutes ago');
    assert.equal(before(3600), 'an hour ago');
    assert.equal(before(20 * 3600), '20 hours ago');
    assert.equal(before(30 * 3600), 'yesterday');
    assert.equal(before(4 * 86_400), '4 days ago');
    assert.equal(before(40 * 86_400), '21 October 2026');
});

test('a share is all or nothing only when it is', () => {
    assert.deepEqual([0, 0.001, 0.5, 0.999, 1].map(formatShare), [
        '0%',
        '1%',
        '50%',
        '99%',
        '100%',
    ]);
});

test('problems are sorted by what is to be done, the worst first, none is lost', () => {
    const problem = (path: string, kind: string): LibraryProblem => ({
        path,
        kind: kind as ProblemKind,
        reason: '',
    });
    const groups = groupProblems([
        problem('a', 'empty'),
        problem('b', 'folder'),
        problem('c', 'empty'),
        problem('d', 'of a newer server'),
    ]);
    assert.deepEqual(
        groups.map(({ kind, problems }) => [kind, problems.map(({ path }) => path).join('')]),
        [
            ['folder', 'b'],
            ['empty', 'ac'],
            ['other', 'd'],
        ],
    );
});

test('a reason does not repeat the path that is beside it', () => {
    const path = '/m/a.flac';
    assert.equal(reasonWithout(path, `'${path}': no audio in it`), 'No audio in it');
    assert.equal(reasonWithout(path, `open '${path}': Permission denied`), 'Permission denied');
    assert.equal(reasonWithout(path, `'${path}' is not a regular file`), 'Is not a regular file');
    assert.equal(reasonWithout(path, 'analysis: decode at frame 8'), 'Decode at frame 8');
    assert.equal(reasonWithout('/m', 'the folder is empty'), 'The folder is empty');
    assert.equal(reasonWithout(path, `'${path}'`), `'${path}'`);
});

test('a list that was under way brings no job back to life', () => {
    const job = (id: string, over: boolean, createdMs = 1) => ({ id, createdMs, over });
    const isOver = ({ over }: { over: boolean }) => over;
    const known = [job('2', true), job('1', false)];
    const merge = (...listed: ReturnType<typeof job>[]) => mergeJobs(known, listed, isOver);
    assert.deepEqual(merge(job('2', false), job('1', true)), [job('2', true), job('1', true)]);
    assert.deepEqual(merge(job('3', false)), [job('3', false)], 'the list decides what there is');
    const after = job('2', false, 99);
    assert.deepEqual(merge(after), [after], 'another run of the server counts anew');
});

test('a path is a folder and a name', () => {
    assert.deepEqual(splitPath('/m/x/a.flac'), { folder: '/m/x', name: 'a.flac' });
    assert.deepEqual(splitPath('/m'), { folder: '', name: '/m' });
});
