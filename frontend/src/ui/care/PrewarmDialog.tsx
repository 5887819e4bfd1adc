import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { care, type Prewarm } from '../../api/care';
import { capital } from '../../lib/care';
import type { Selection } from '../../lib/selection';
import { notePrewarm } from '../../model/care/activity';
import { estimate, requestOf } from '../../model/care/prewarm';
import { presets as knownPresets } from '../../model/library';
import * as settings from '../../model/settings';
import { strings } from '../../strings';
import { Choice } from './Dialog';
import { JobDialog, sentenceOf, useWanted, type JobDialogProps } from './JobDialog';

const words = strings.care.prewarm;

type Depth = 'first-chunks' | 'full';
type Cost =
    | { state: 'counting'; waits: boolean }
    | { state: 'known'; job: Prewarm }
    | { state: 'unknown'; why: string };

/** Settles before the server is asked, so that walking through choices asks once. */
const kSettleMs = 250;

export default function PrewarmDialog({ selection, onClose }: JobDialogProps) {
    const { wanted, choice } = useWanted(selection, {
        legend: words.what,
        name: 'prewarm-source',
        sources: words.sources,
    });
    const depth = useSignal<Depth>('first-chunks');
    const chosen = useSignal<readonly string[]>([settings.preset.peek()]);
    const cost = useSignal<Cost>({ state: 'counting', waits: false });
    const silent = chosen.value.length === 0;
    const voice = { presets: [...chosen.value], intensity: settings.intensity.value };
    const requestFor = async (music: Selection) => ({
        ...(await requestOf(music)),
        depth: depth.value,
        ...voice,
    });
    const asked = JSON.stringify([wanted, depth.value, voice]);

    useEffect(() => {
        cost.value = { state: 'counting', waits: false };
        if (!wanted || silent) return undefined;
        const ended = new AbortController();
        const timer = setTimeout(() => {
            const count = async () =>
                estimate(
                    await requestFor(wanted),
                    () => (cost.value = { state: 'counting', waits: true }),
                    ended.signal,
                );
            count().then(
                (job) => {
                    if (ended.signal.aborted) return;
                    cost.value = job.progress.error
                        ? { state: 'unknown', why: job.progress.error }
                        : { state: 'known', job };
                },
                (error: unknown) => {
                    if (ended.signal.aborted) return;
                    cost.value = { state: 'unknown', why: sentenceOf(error, words.tooMany) };
                },
            );
        }, kSettleMs);
        return () => {
            clearTimeout(timer);
            ended.abort();
        };
    }, [asked]);

    const missing =
        wanted === undefined ? words.choosePick : silent ? words.choosePreset : undefined;
    return (
        <JobDialog
            words={words}
            selection={selection}
            onClose={onClose}
            wanted={wanted}
            incomplete={silent}
            send={async (music) => notePrewarm(await care.prewarm(await requestFor(music)))}
            foot={<CostLine cost={cost.value} missing={missing} />}
        >
            {choice}
            <Choice
                legend={words.howMuch}
                name="prewarm-depth"
                value={depth.value}
                onChange={(value) => (depth.value = value)}
                options={[
                    { value: 'first-chunks', ...words.beginnings },
                    { value: 'full', ...words.everything },
                ]}
            />
            <Presets
                chosen={chosen.value}
                onChange={(value) => (chosen.value = value)}
                intensity={settings.intensity.value}
            />
        </JobDialog>
    );
}

function Presets({
    chosen,
    onChange,
    intensity,
}: {
    chosen: readonly string[];
    onChange: (chosen: readonly string[]) => void;
    intensity: number;
}) {
    const names = knownPresets.value.map(({ name }) => name);
    const all = names.length > 0 ? names : [...chosen];
    return (
        <fieldset class="ask-choice">
            <legend>{words.presets}</legend>
            <div class="ask-chips">
                {all.map((name) => (
                    <label key={name} class="ask-chip">
                        <input
                            type="checkbox"
                            value={name}
                            checked={chosen.includes(name)}
                            onChange={(event) =>
                                onChange(
                                    event.currentTarget.checked
                                        ? [...chosen, name]
                                        : chosen.filter((other) => other !== name),
                                )
                            }
                        />
                        <span>{capital(name)}</span>
                    </label>
                ))}
            </div>
            <p class="ask-hint">{words.atIntensity(intensity)}</p>
        </fieldset>
    );
}

function CostLine({ cost, missing }: { cost: Cost; missing: string | undefined }) {
    const line = () => {
        if (missing) return missing;
        if (cost.state === 'unknown') return words.noEstimate(cost.why);
        if (cost.state === 'counting') return cost.waits ? words.estimateWaits : words.counting;
        return words.cost(cost.job.progress);
    };
    return (
        <div class={`ask-cost${cost.state === 'counting' && !missing ? ' is-counting' : ''}`}>
            <h3>{words.costTitle}</h3>
            <p role="status">{line()}</p>
            {cost.state === 'known' && cost.job.progress.limit === 'cache-full' && (
                <p class="ask-note">{words.cacheFull}</p>
            )}
        </div>
    );
}
