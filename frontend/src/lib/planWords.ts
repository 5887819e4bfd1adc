export type Topic = 'tone' | 'dynamics' | 'width' | 'loudness';
export const kTopics: readonly Topic[] = ['tone', 'dynamics', 'width', 'loudness'];

export interface Words {
    topic: Topic;
    /** What is done. */
    done: string[];
    /** What was left undone, so that no harm is done. */
    held: string[];
}

/** How the planner's sentences begin; what fits none is about loudness, the last step. */
const kSigns: readonly [Topic, RegExp][] = [
    [
        'tone',
        /^tone: |^[-+][\d.]+ dB around |^matched to |^\d+ % of the way |harmonic$|offset removed$/,
    ],
    ['dynamics', /^dynamics: |^[\d.]+:1 above /],
    ['width', /^width: |^side\b/],
];

function topicOf(line: string): Topic {
    return kSigns.find(([, sign]) => sign.test(line))?.[0] ?? 'loudness';
}

interface Sentences {
    summary: readonly string[];
    heldBackBy: readonly string[];
}

/** The topic is said by the heading already, and a corridor's version says nothing to people. */
function withoutTopic(line: string, topic: Topic): string {
    const prefix = `${topic}: `;
    const text = line.startsWith(prefix) ? line.slice(prefix.length) : line;
    return text.replace(/, version [0-9a-f]{8}/, '').replace(/(^|[\s(])-(?=\d)/g, '$1−');
}

/** What the tone does at one place and the next is one line. */
function joined(lines: readonly string[]): string[] {
    const place = / dB around /;
    const places = lines.filter((line) => place.test(line));
    const others = lines.filter((line) => !place.test(line));
    const [first, ...more] = places.map((line) => line.replace(place, ' dB at '));
    if (first === undefined) return others;
    return [...others, [first, ...more.map((line) => line.replace(' dB', ''))].join(', ')];
}

/** The plan's own sentences by what they are about, topics without any left out. */
export function wordsOf({ summary, heldBackBy }: Sentences): Words[] {
    const about = (lines: readonly string[], topic: Topic) =>
        lines.filter((line) => topicOf(line) === topic).map((line) => withoutTopic(line, topic));
    return kTopics
        .map((topic) => ({
            topic,
            done: joined(about(summary, topic)),
            held: about(heldBackBy, topic),
        }))
        .filter(({ done, held }) => done.length > 0 || held.length > 0);
}
