import { plural } from './format';
import type { LibraryProblem, ProblemKind } from '../api/care';

const kUnits = ['byte', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** "512 bytes", "61 MiB", "1.5 GiB": in 1024s, as the server's log and command line have it. */
export function formatBytes(bytes: number): string {
    let value = Math.max(0, bytes);
    let unit = 0;
    while (value >= 999.5 && unit < kUnits.length - 1) {
        value /= 1024;
        unit++;
    }
    if (unit === 0) return plural(Math.round(value), 'byte');
    const digits = unit > 1 && value < 9.95 ? 1 : 0;
    return `${value.toFixed(digits)} ${kUnits[unit]}`;
}

/** "a few seconds", "about 3 minutes", "about 2 hours": no more exact than a guess can be. */
export function roughly(seconds: number): string {
    if (seconds < 10) return 'a few seconds';
    if (seconds < 55) return `about ${Math.round(seconds / 10) * 10} seconds`;
    const minutes = Math.round(seconds / 60);
    if (minutes < 100) return minutes <= 1 ? 'about a minute' : `about ${minutes} minutes`;
    const hours = Math.round(seconds / 3600);
    return hours < 36 ? `about ${hours} hours` : `about ${Math.round(hours / 24)} days`;
}

const kLeastFraction = 0.03;
const kLeastSeconds = 2;

/** What is left at the pace so far; nothing before that says anything. */
export function secondsLeftOf(fraction: number, seconds: number): number | undefined {
    if (fraction < kLeastFraction || seconds < kLeastSeconds) return undefined;
    return Math.max(0, (seconds / fraction) * (1 - fraction));
}

const kDayMs = 86_400_000;

/** "just now", "5 minutes ago", "yesterday", "12 March 2026". */
export function ago(timeMs: number, nowMs: number): string {
    const seconds = Math.max(0, (nowMs - timeMs) / 1000);
    if (seconds < 45) return 'just now';
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) return minutes === 1 ? 'a minute ago' : `${minutes} minutes ago`;
    const hours = Math.round(minutes / 60);
    if (hours < 24) return hours === 1 ? 'an hour ago' : `${hours} hours ago`;
    const days = Math.round((nowMs - timeMs) / kDayMs);
    if (days < 7) return days === 1 ? 'yesterday' : `${days} days ago`;
    return new Date(timeMs).toLocaleDateString('en-GB', {
        day: 'numeric',
        month: 'long',
        year: 'numeric',
    });
}

/** "82%", never all or nothing unless it is. */
export function formatShare(share: number): string {
    if (share <= 0) return '0%';
    if (share >= 1) return '100%';
    return `${Math.min(99, Math.max(1, Math.round(100 * share)))}%`;
}

interface Job {
    id: string;
    createdMs: number;
}

/**
 * A list as the server gave it, less what is known to be newer: an event may have told of the end
 * of a job while the list was under way, and what has ended does not run again.
 */
export function mergeJobs<T extends Job>(
    known: readonly T[],
    listed: readonly T[],
    isOver: (job: T) => boolean,
): T[] {
    return listed.map((job) => {
        const same = known.find(
            ({ id, createdMs }) => id === job.id && createdMs === job.createdMs,
        );
        return same && isOver(same) && !isOver(job) ? same : job;
    });
}

/** A preset as it is written at the beginning of a line. */
export function capital(name: string): string {
    return name.charAt(0).toUpperCase() + name.slice(1);
}

/** The worst first: what hides many tracks, then what hides one. */
const kKinds: readonly ProblemKind[] = [
    'folder',
    'access',
    'link',
    'damaged',
    'analysis',
    'empty',
    'format',
    'changing',
    'other',
];

export interface ProblemGroup {
    kind: ProblemKind;
    problems: LibraryProblem[];
}

export function groupProblems(problems: readonly LibraryProblem[]): ProblemGroup[] {
    const groups = new Map<ProblemKind, LibraryProblem[]>();
    for (const problem of problems) {
        const kind = kKinds.includes(problem.kind) ? problem.kind : 'other';
        const group = groups.get(kind);
        if (group) group.push(problem);
        else groups.set(kind, [problem]);
    }
    return kKinds.flatMap((kind) => {
        const found = groups.get(kind);
        return found ? [{ kind, problems: found }] : [];
    });
}

/** A path as folder and name. */
export function splitPath(path: string): { folder: string; name: string } {
    const slash = path.lastIndexOf('/');
    return slash <= 0
        ? { folder: '', name: path }
        : { folder: path.slice(0, slash), name: path.slice(slash + 1) };
}

/** The reason without the path, which is shown beside it: "'/m/a.flac': no audio in it". */
export function reasonWithout(path: string, reason: string): string {
    const short = reason
        .replace(`'${path}'`, '')
        .replace(/^(analysis|open|read|stat)\s*:?\s*/, '')
        .replace(/^[\s:]+/, '');
    const text = short || reason;
    return capital(text);
}
