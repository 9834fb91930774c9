#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Completions for shells, and manual pages, from what the command says of itself.

    scripts/command_files.py MEMSPIKE DIR    writes DIR/memspike.bash, DIR/_memspike (zsh) and DIR/memspike.fish, and DIR/man1/*.1 when
                                             help2man is installed

Options and their values are those of `memspike --list-options`, texts those of `--help`: neither has to be told here.
"""
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEAD = "Made by scripts/command_files.py of what `memspike --list-options` says."


class Option:
    def __init__(self, name, letter, placeholder, text, words):
        self.names = [f"--{name}"] + ([f"-{letter}"] if letter else [])
        self.name, self.letter, self.placeholder, self.text, self.words = name, letter, placeholder, text, words_of(words)


class Command:
    def __init__(self, name, summary, argument):
        self.name, self.summary, self.words, self.options = name, summary, words_of(argument), []


def words_of(field):
    """The words of a field, or the names of the shipped files that it stands for."""
    if field.endswith("/"):
        return sorted(path.stem for path in (ROOT / "data" / field).glob("*.cfg"))
    return field.split()


def output_of(memspike, *arguments):
    return subprocess.run([memspike, *arguments], check=True, text=True, stdout=subprocess.PIPE).stdout


def commands_of(memspike):
    commands = []
    for line in output_of(memspike, "--list-options").splitlines():
        kind, *fields = line.split("\t")
        if kind == "command":
            commands.append(Command(*fields))
        else:
            commands[-1].options.append(Option(*fields[1:]))
    return commands


def bash(commands):
    """Where nothing is offered, bash offers files."""
    cases = []
    for command in commands:
        for option in filter(lambda option: option.placeholder, command.options):
            cases.append(f'        {"|".join(f"{command.name}:{name}" for name in option.names)}) words="{" ".join(option.words)}" ;;')
        names = " ".join(f"--{option.name}" for option in command.options)
        cases.append(f'        {command.name}:*) words="{" ".join(command.words)}"; [[ $word != -* ]] || words="{names}" ;;')
    return f"""# {HEAD}
_memspike() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} words=""
    # --option=value comes as three words.
    if [[ $word == = ]]; then
        word=""
    elif [[ $before == = && $COMP_CWORD -gt 2 ]]; then
        before=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    [[ $COMP_CWORD -ne 1 ]] || before=""
    case ${{COMP_WORDS[1]}}:$before in
        *:) words="{" ".join(command.name for command in commands)} --help --version" ;;
{chr(10).join(cases)}
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -o default -F _memspike memspike
"""


def zsh(commands):
    def escaped(text):
        return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")

    def value(words):
        return f"({' '.join(words)})" if words else "_files"
    cases = []
    for command in commands:
        lines = []
        for option in command.options:
            value_of = f":{option.placeholder}:{value(option.words)}" if option.placeholder else ""
            for name in option.names:
                others = f"({' '.join(option.names)})"
                lines.append(shlex.quote(f"{others}{name}[{escaped(option.text)}]{value_of}"))
        first = f"'1:name:{{ compadd {' '.join(command.words)}; _files }}' " if command.words else ""
        lines.append(first + "'*:file:_files'")
        cases.append(f"    {command.name}) _arguments " + " \\\n      ".join(lines) + " ;;")
    names = "\n".join("    " + shlex.quote(f"{command.name}:{escaped(command.summary)}") for command in commands)
    return f"""#compdef memspike
# {HEAD}
_memspike() {{
  local -a commands=(
{names}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
{chr(10).join(cases)}
  esac
}}
_memspike "$@"
"""


def fish(commands):
    def quoted(text):
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    lines = [f"# {HEAD}", "complete -c memspike -n __fish_use_subcommand -l help", "complete -c memspike -n __fish_use_subcommand -l version"]
    for command in commands:
        lines.append(f"complete -c memspike -n __fish_use_subcommand -f -a {command.name} -d {quoted(command.summary)}")
        condition = f"complete -c memspike -n '__fish_seen_subcommand_from {command.name}'"
        if command.words:
            lines.append(f"{condition} -a '{' '.join(command.words)}'")
        for option in command.options:
            letter = f" -s {option.letter}" if option.letter else ""
            value = "" if not option.placeholder else f" -x -a '{' '.join(option.words)}'" if option.words else " -r"
            lines.append(f"{condition} -l {option.name}{letter}{value} -d {quoted(option.text)}")
    return "\n".join(lines) + "\n"


def roff(lines):
    """Text as a manual page has it: indented lines keep their form."""
    text, form = [], False
    for line in lines:
        line = line.replace("\\", "\\e").replace("-", "\\-")
        line = "\\&" + line if line.startswith((".", "'")) else line
        verbatim = line.startswith("  ")
        if verbatim != form:
            text.append(".nf" if verbatim else ".fi")
            form = verbatim
        text.append(line or ".PP")
    return "\n".join(text + [".fi"])


def page(memspike, name, summary, folder):
    """help2man reads the usage and the options; what stands between them goes into sections of its own."""
    arguments = [] if name == "memspike" else [name.split("-")[1]]
    version = output_of(memspike, "--version").split()[1]
    usage, *rest = output_of(memspike, *arguments, "--help").rstrip("\n").split("\n") if arguments else \
        ["usage: memspike COMMAND [options]"] + [line for line in output_of(memspike, "--help").split("\n")[3:]]
    options = rest[rest.index("options:") + 1:] if "options:" in rest else []
    rest = rest[:rest.index("options:")] if options else rest
    cut = rest.index("examples:") if "examples:" in rest else len(rest)
    sections = f"[DESCRIPTION]\n{roff(rest[:cut])}\n" + (f"\n[EXAMPLES]\n{roff(rest[cut + 1:])}\n" if rest[cut:] else "")
    with tempfile.TemporaryDirectory() as work:
        program, include, text = (pathlib.Path(work) / file for file in (name, "include", "help"))
        text.write_text(usage.replace("usage:", "Usage:") + "\n\n" + ("Options:\n" + "\n".join(options) + "\n" if options else ""), encoding="utf-8")
        include.write_text(sections, encoding="utf-8")
        program.write_text(f"#!/bin/sh\ncat {text}\n", encoding="utf-8")
        program.chmod(0o755)
        subprocess.run(["help2man", "--no-info", "--no-discard-stderr", f"--name={summary}", f"--version-string={version}", f"--source=memspike {version}",
                        f"--include={include}", f"--output={folder / name}.1", program], check=True)


def main():
    if len(sys.argv) != 3 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    memspike, folder = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    commands = commands_of(memspike)
    for name, text in (("memspike.bash", bash(commands)), ("_memspike", zsh(commands)), ("memspike.fish", fish(commands))):
        (folder / name).write_text(text, encoding="utf-8")
    if shutil.which("help2man"):
        shutil.rmtree(folder / "man1", ignore_errors=True)
        (folder / "man1").mkdir()
        first = output_of(memspike, "--help").split("\n")[0].split(": ", 1)[1]
        for name, summary in [("memspike", first)] + [(f"memspike-{command.name}", command.summary) for command in commands]:
            page(memspike, name, summary, folder / "man1")


if __name__ == "__main__":
    main()
