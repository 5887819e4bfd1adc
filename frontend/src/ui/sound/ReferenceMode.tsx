import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { formatLevel } from '../../lib/format';
import * as insight from '../../model/insight';
import * as settings from '../../model/settings';
import { strings } from '../../strings';
import { lazy } from '../lazy';
import { Blend } from './Controls';

const words = strings.sound;
const ReferencePicker = lazy(() => import('./ReferencePicker'));
const HearReference = lazy(() => import('./HearReference'));

/** A record whose sound the track is to come close to: chosen, heard, blended. */
export function ReferenceMode() {
    const choosing = useSignal(false);
    const opener = useRef<HTMLButtonElement>(null);
    const reference = insight.reference.value;
    const set = settings.reference.value !== '';
    return (
        <section class="reference">
            <div class="reference-head">
                <span>{words.reference}</span>
                <strong>
                    {reference?.name ?? (set ? '…' : words.noReference)}
                    {reference && (
                        <small>
                            {' '}
                            {formatLevel(reference.integratedLufs)} {words.lufs}
                        </small>
                    )}
                </strong>
                <button
                    ref={opener}
                    type="button"
                    class="text-button"
                    aria-expanded={choosing.value}
                    onPointerEnter={() => ReferencePicker.preload()}
                    onClick={() => (choosing.value = !choosing.value)}
                >
                    {set ? words.changeReference : words.chooseReference}
                </button>
            </div>
            {choosing.value && (
                <ReferencePicker
                    onDone={() => {
                        choosing.value = false;
                        opener.current?.focus();
                    }}
                />
            )}
            {set && (
                <>
                    <Blend />
                    <div class="buttons">
                        {reference && <HearReference reference={reference} />}
                        <span class="spacer" />
                        <button
                            type="button"
                            class="text-button"
                            onClick={() => (settings.reference.value = '')}
                        >
                            {words.noReferenceAnyMore}
                        </button>
                    </div>
                </>
            )}
        </section>
    );
}
