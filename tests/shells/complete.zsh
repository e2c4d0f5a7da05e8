# SPDX-License-Identifier: BSD-2-Clause
#
# complete.zsh SCRIPT: as complete.bash, with the completion of an interactive zsh on a terminal, which
# prints all candidates instead of using them. The script is a file of the name _bzboot.
zmodload zsh/zpty || exit

zpty shell zsh -f -i
zpty -w shell "fpath=(${1:h:A:q} \$fpath); PS1= PS2= RPS1="
# A long list would ask whether to be shown, and take a character of the next line for the answer.
zpty -w shell 'autoload -Uz compinit; compinit -D -u; setopt no_auto_list no_auto_menu'
zpty -w shell 'compadd() {
	local -a found
	if [[ ${argv[(I)-[OAD]]} -eq 0 ]]; then
		builtin compadd -O found "$@"
		print -l -- "<"${^found}">"
	fi
	builtin compadd "$@"
}
show() { print; zle complete-word; print "<""end>"; BUFFER=; zle -R }
zle -N show; bindkey "^T" show
print "<""end>"'

# answer: prints the marked lines up to the end of the answer
answer() {
	local line
	while zpty -r shell line "*"$'\n'; do
		line=${line//$'\r'/}
		line=${line%$'\n'}
		[[ $line == '<end>' ]] && return
		[[ $line == '<'*'>' ]] && print -r -- ${${line#<}%>}
	done
}

answer
while IFS= read -r line; do
	zpty -w -n shell "$line"$'\x14'
	answer
	print .
done
