import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { strings } from '../../strings';
import { CloseIcon } from '../icons';
import '../../styles/care-dialog.css';

interface DialogProps {
    title: string;
    subtitle?: string;
    onClose: () => void;
    children: ComponentChildren;
    /** Seen however long the rest is. */
    foot?: ComponentChildren;
    /** Buttons, the main one last. */
    actions: ComponentChildren;
    onSubmit?: () => void;
}

/** A question over the page: a form on a modal dialog, that Escape and a click beside it close. */
export function Dialog({
    title,
    subtitle,
    onClose,
    children,
    foot,
    actions,
    onSubmit,
}: DialogProps) {
    const dialog = useRef<HTMLDialogElement>(null);
    const id = useId();
    useEffect(() => {
        const element = dialog.current;
        if (element && !element.open) element.showModal();
    }, []);
    return (
        <dialog
            ref={dialog}
            class="ask"
            aria-labelledby={id}
            onClose={onClose}
            onClick={(event) => {
                if (event.target === dialog.current) dialog.current?.close();
            }}
        >
            <form
                class="ask-body"
                onSubmit={(event) => {
                    event.preventDefault();
                    onSubmit?.();
                }}
            >
                <header class="ask-head">
                    <div>
                        <h2 id={id}>{title}</h2>
                        {subtitle && <p class="quiet">{subtitle}</p>}
                    </div>
                    <button
                        type="button"
                        class="round"
                        aria-label={strings.care.close}
                        onClick={() => dialog.current?.close()}
                    >
                        <CloseIcon />
                    </button>
                </header>
                <div class="ask-content">{children}</div>
                {foot && <div class="ask-foot">{foot}</div>}
                <footer class="ask-actions">{actions}</footer>
            </form>
        </dialog>
    );
}

interface ChoiceProps<T extends string> {
    legend: string;
    name: string;
    options: readonly { value: T; label: string; hint?: string }[];
    value: T;
    onChange: (value: T) => void;
}

/** One of a few, all of them seen. */
export function Choice<T extends string>({
    legend,
    name,
    options,
    value,
    onChange,
}: ChoiceProps<T>) {
    return (
        <fieldset class="ask-choice">
            <legend>{legend}</legend>
            <div class="ask-options">
                {options.map((option) => (
                    <label key={option.value}>
                        <input
                            type="radio"
                            name={name}
                            value={option.value}
                            checked={option.value === value}
                            onChange={() => onChange(option.value)}
                        />
                        <span>
                            <strong>{option.label}</strong>
                            {option.hint && <small>{option.hint}</small>}
                        </span>
                    </label>
                ))}
            </div>
        </fieldset>
    );
}
