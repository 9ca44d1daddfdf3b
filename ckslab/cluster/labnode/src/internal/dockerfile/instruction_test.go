// The list of a stage's instructions, with their words filled in as BuildKit does.

package dockerfile

import (
	"encoding/json"
	"testing"
)

func TestInstructionsAsTheyAreTyped(t *testing.T) {
	for _, one := range []struct {
		lines []string
		want  string
	}{
		{
			[]string{"FROM scratch", "ENV A=/x", `COPY --chown=$A:0 --link "$A" ./b \`, "# said between", "  $A/"},
			`{"keyword":"COPY","line":3,"last_line":5,"original":"COPY --chown=$A:0 --link \"$A\" ./b   $A/",
			 "flags":[{"name":"chown","text":"/x:0"},{"name":"link","text":""}],"args":[{"text":"/x"},{"text":"./b"},{"text":"/x/"}]}`,
		},
		{
			[]string{"FROM scratch", `copy ["a b", "$B", "/c"]`},
			`{"keyword":"COPY","line":2,"last_line":2,"original":"copy [\"a b\", \"$B\", \"/c\"]","args":[{"text":"a b"},{"text":""},{"text":"/c"}]}`,
		},
		{
			[]string{"FROM scratch", "ENV A=1", `COPY <<E <<-"F" /etc/`, "a '$A'", "E", "\t$A", "\tF"},
			`{"keyword":"COPY","line":3,"last_line":7,"original":"COPY <<E <<-\"F\" /etc/","args":[{"text":"/etc/"}],
			 "heredocs":[{"name":"E","text":"a '1'\n"},{"name":"F","text":"$A\n"}]}`,
		},
		{
			[]string{"FROM scratch", "ENV A=1", "RUN <<E cat", "USER $A", "E"},
			`{"keyword":"RUN","line":3,"last_line":5,"original":"RUN <<E cat","form":"shell","args":[{"text":"<<E cat"}],
			 "heredocs":[{"name":"E","text":"USER $A\n"}]}`,
		},
		{
			[]string{"FROM scratch", `RUN --network=none ["a", "$B"]`},
			`{"keyword":"RUN","line":2,"last_line":2,"original":"RUN --network=none [\"a\", \"$B\"]","form":"exec",
			 "flags":[{"name":"network","text":"none"}],"args":[{"text":"a"},{"text":"$B"}]}`,
		},
		{
			[]string{"FROM scratch", "ARG P='80 90'", "EXPOSE $P 70/udp"},
			`{"keyword":"EXPOSE","line":3,"last_line":3,"original":"EXPOSE $P 70/udp","args":[{"text":"80"},{"text":"90"},{"text":"70/udp"}]}`,
		},
		{
			[]string{"FROM scratch", "ARG A", "ARG B=$A C=1 D"},
			`{"keyword":"ARG","line":3,"last_line":3,"original":"ARG B=$A C=1 D",
			 "args":[{"text":"B="},{"text":"C=1"},{"text":"D"}]}`,
		},
		{
			[]string{"FROM a AS b", "ONBUILD RUN x \\", " y", "FROM b"},
			`{"keyword":"RUN","line":2,"last_line":3,"onbuild":true,"original":"RUN x  y","form":"shell","args":[{"text":"x  y"}]}`,
		},
	} {
		stages := document(t, one.lines...).Stages
		list := stages[len(stages)-1].Instructions
		var want Instruction
		if err := json.Unmarshal([]byte(one.want), &want); err != nil {
			t.Fatal(one.want, err)
		}
		found, _ := json.Marshal(list[len(list)-1])
		wanted, _ := json.Marshal(want)
		if string(found) != string(wanted) {
			t.Errorf("%q:\n%s\n%s", one.lines, found, wanted)
		}
	}
}

func TestQuotesInAValue(t *testing.T) {
	for written, want := range map[string]string{
		`"x $P"`: "x 1", `'$P'`: "$P", `\$P`: "$P", `a\ b`: "a b", `"a'b"`: "a'b", `$P$Q`: "1", `${P}x`: "1x", `"${P:+\"}"`: `"`,
	} {
		if env := last(t, "FROM scratch", "ARG P=1", "ENV A="+written).Env; env[0].Text != want {
			t.Errorf("%s: %q", written, env[0].Text)
		}
	}
	if env := last(t, "FROM scratch", `ENV A   x  "y"  $B `).Env; env[0].Text != "x  y  " {
		t.Errorf("%q", env[0].Text) // the old form, the rest of the line
	}
}
