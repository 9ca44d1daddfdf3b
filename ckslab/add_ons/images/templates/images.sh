# nerdctl and docker complete alike: cobra's script is made by the program itself, and names one command.
if [ -n "${PS1:-}" ]; then
    . <(nerdctl completion bash)
    complete -o default -F __start_nerdctl docker
fi
