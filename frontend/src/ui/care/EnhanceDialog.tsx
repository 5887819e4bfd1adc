import { useSignal } from '@preact/signals';
import { ApiError } from '../../api/client';
import { care, type EnhanceRequest, type FileFormat } from '../../api/care';
import type { Selection } from '../../lib/selection';
import { noteEnhancement } from '../../model/care/activity';
import { enhanceRequestOf } from '../../model/care/enhance';
import { presets as knownPresets } from '../../model/library';
import * as settings from '../../model/settings';
import { toast } from '../../model/toasts';
import { strings } from '../../strings';
import { Choice, Dialog } from './Dialog';
import { Picker } from './Picker';

const words = strings.care.enhance;

interface FormatTraits {
    bits?: readonly number[];
    kbps?: readonly number[];
}
/** 0 stands for what the encoder thinks best. */
const kFormats: Record<FileFormat, FormatTraits> = {
    flac: { bits: [16, 24] },
    alac: { bits: [16, 24] },
    wav: { bits: [16, 24, 32] },
    mp3: { kbps: [0, 320, 256, 192, 128] },
    aac: { kbps: [0, 320, 256, 192, 128] },
    opus: { kbps: [0, 256, 192, 160, 128, 96] },
};

export default function EnhanceDialog({
    selection,
    onClose,
}: {
    selection: Selection | undefined;
    onClose: () => void;
}) {
    const source = useSignal<'all' | 'pick'>('all');
    const picked = useSignal<Selection | undefined>(undefined);
    const wanted: Selection | undefined =
        selection ??
        (source.value === 'pick' ? picked.value : { kind: 'all', label: words.wholeLibrary });
    const format = useSignal<FileFormat>('flac');
    const bits = useSignal(24);
    const kbps = useSignal(0);
    const preset = useSignal(settings.preset.peek());
    const album = useSignal(selection?.kind === 'album' || !selection);
    const overwrite = useSignal(false);
    const sending = useSignal(false);
    const failure = useSignal('');
    const traits = kFormats[format.value];

    const begin = async () => {
        if (!wanted || sending.value) return;
        sending.value = true;
        failure.value = '';
        const request: EnhanceRequest = {
            ...enhanceRequestOf(wanted),
            format: format.value,
            album: album.value,
            overwrite: overwrite.value,
            preset: preset.value,
            intensity: settings.intensity.peek(),
        };
        if (traits.bits) request.bits = bits.value;
        if (traits.kbps && kbps.value > 0) request.bitrate = kbps.value;
        try {
            noteEnhancement(await care.enhance(request));
            toast(words.begun(wanted.label));
            onClose();
        } catch (error) {
            const full = error instanceof ApiError && error.status === 503;
            failure.value = full ? words.tooMany : (error as Error).message;
            sending.value = false;
        }
    };
    const choose = (next: FileFormat) => {
        format.value = next;
        const known = kFormats[next];
        if (known.bits && !known.bits.includes(bits.value)) bits.value = 24;
        if (known.kbps && !known.kbps.includes(kbps.value)) kbps.value = 0;
    };
    const names = knownPresets.value.map(({ name }) => name);

    return (
        <Dialog
            title={words.title}
            subtitle={selection?.label ?? words.subtitle}
            onClose={onClose}
            onSubmit={() => void begin()}
            foot={
                failure.value && (
                    <p class="ask-error" role="alert">
                        {failure.value}
                    </p>
                )
            }
            actions={
                <>
                    <button type="button" class="plain" onClick={onClose}>
                        {strings.care.notNow}
                    </button>
                    <button type="submit" class="care-primary" disabled={!wanted || sending.value}>
                        {words.begin}
                    </button>
                </>
            }
        >
            {!selection && (
                <Choice
                    legend={words.what}
                    name="enhance-source"
                    value={source.value}
                    onChange={(value) => (source.value = value)}
                    options={(['all', 'pick'] as const).map((value) => ({
                        value,
                        ...words.sources[value],
                    }))}
                />
            )}
            {!selection && source.value === 'pick' && (
                <Picker value={picked.value} onChange={(value) => (picked.value = value)} />
            )}
            <Choice
                legend={words.format}
                name="enhance-format"
                value={format.value}
                onChange={choose}
                options={(Object.keys(kFormats) as FileFormat[]).map((value) => ({
                    value,
                    ...words.formats[value],
                }))}
            />
            <div class="ask-fields">
                {traits.bits && (
                    <Select
                        label={words.bits}
                        value={String(bits.value)}
                        options={traits.bits.map((each) => [String(each), words.bitsValue(each)])}
                        onChange={(value) => (bits.value = Number(value))}
                    />
                )}
                {traits.kbps && (
                    <Select
                        label={words.bitrate}
                        value={String(kbps.value)}
                        options={traits.kbps.map((each) => [
                            String(each),
                            words.bitrateValue(each),
                        ])}
                        onChange={(value) => (kbps.value = Number(value))}
                    />
                )}
                <Select
                    label={words.sound}
                    value={preset.value}
                    options={(names.length > 0 ? names : [preset.value]).map((name) => [
                        name,
                        words.soundLine(name, settings.intensity.value),
                    ])}
                    onChange={(value) => (preset.value = value)}
                />
            </div>
            <Tick
                label={words.album}
                hint={words.albumHint}
                checked={album.value}
                onChange={(checked) => (album.value = checked)}
            />
            <Tick
                label={words.overwrite}
                hint={words.overwriteHint}
                checked={overwrite.value}
                onChange={(checked) => (overwrite.value = checked)}
            />
        </Dialog>
    );
}

function Select({
    label,
    value,
    options,
    onChange,
}: {
    label: string;
    value: string;
    options: readonly (readonly [value: string, label: string])[];
    onChange: (value: string) => void;
}) {
    return (
        <label class="ask-field">
            <span>{label}</span>
            <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
                {options.map(([each, text]) => (
                    <option key={each} value={each}>
                        {text}
                    </option>
                ))}
            </select>
        </label>
    );
}

function Tick({
    label,
    hint,
    checked,
    onChange,
}: {
    label: string;
    hint: string;
    checked: boolean;
    onChange: (checked: boolean) => void;
}) {
    return (
        <label class="ask-tick">
            <input
                type="checkbox"
                checked={checked}
                onChange={(event) => onChange(event.currentTarget.checked)}
            />
            <span>
                {label}
                <small>{hint}</small>
            </span>
        </label>
    );
}
