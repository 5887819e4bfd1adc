export const CheckIcon = () => (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
        <path
            d="m5 12.500 4.500 4.500L19 7.500"
            fill="none"
            stroke="currentColor"
            stroke-width="2.2"
            stroke-linecap="round"
            stroke-linejoin="round"
        />
    </svg>
);
