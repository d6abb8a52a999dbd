using System.Text;
using System.Text.Json;
using Holdfast.Simulator.Providers;

namespace Holdfast.Simulator.Answers;

/// <summary>
/// Makes the answer to a question. It is a function of the seed and the question alone, whether streamed or not.
/// </summary>
internal static class AnswerMaker
{
    private static readonly JsonElement AnyObject = JsonDocument.Parse("""
        {
          "properties": { "answer": { "type": "string" }, "count": { "type": "integer" } },
          "required": ["answer", "count"]
        }
        """).RootElement;

    /// <param name="seed">The provider's.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="behaviour">How long answers are, and how one goes on with what was begun.</param>
    /// <param name="flavour">The provider.</param>
    public static Answer Make(ulong seed, Question question, Behaviour behaviour, Flavour flavour)
    {
        if (Rest(seed, question, behaviour, flavour) is { } rest)
        {
            return new Answer([rest], question.Conversation.PromptTokens, rest.Text.Count);
        }

        var hash = StableHash.Add(seed ^ question.Conversation.Hash, question.Model);
        var choices = new AnswerChoice[question.Choices];
        var tokens = 0;
        for (var i = 0; i < choices.Length; i++)
        {
            var dice = new SplitMix(hash + (ulong)i);
            choices[i] = Choose(ref dice, question, behaviour.OutputTokens, flavour.CallPrefix);
            tokens += choices[i].Text.Count + choices[i].Calls.Sum(call => call.Arguments.Count + 3);
        }

        return new Answer(choices, question.Conversation.PromptTokens, tokens);
    }

    /// <summary>What is left of an answer that was begun; null where none was.</summary>
    private static AnswerChoice? Rest(ulong seed, Question question, Behaviour behaviour, Flavour flavour)
    {
        if (question is not { Conversation.Begun: { } begun, WantsJson: false, Tools.Count: 0 })
        {
            return null;
        }

        var dice = new SplitMix(StableHash.Add(seed ^ begun.Before, question.Model));
        var whole = Prose.Make(ref dice, dice.NextIn(behaviour.OutputTokens));
        return begun.RestOf(whole, flavour.Prefill, behaviour.RepeatedWords) is { } rest
            ? Ended(rest, question)
            : null;
    }

    private static AnswerChoice Choose(ref SplitMix dice, Question question, CountRange range, string callPrefix)
    {
        var calls = Calls(ref dice, question, callPrefix);
        if (calls.Length > 0)
        {
            return new AnswerChoice(PiecedText.Empty, calls, Finish.ToolUse, null);
        }

        var text = question.WantsJson
            ? PiecedText.FromUtf8(SchemaValue.Make(question.Schema ?? AnyObject, dice))
            : Prose.Make(ref dice, dice.NextIn(range));
        return Ended(text, question);
    }

    /// <summary>The limit and the stops of the question end it, or its own end does.</summary>
    private static AnswerChoice Ended(PiecedText text, Question question)
    {
        var finish = text.Count > question.MaxTokens ? Finish.Length : Finish.Stop;
        text = text.Take(question.MaxTokens);
        foreach (var stop in question.Stop.Where(stop => stop.Length > 0))
        {
            if (text.Span.IndexOf(Encoding.UTF8.GetBytes(stop)) is var at and >= 0)
            {
                return new AnswerChoice(text.CutAt(at), [], Finish.StopSequence, stop);
            }
        }

        return new AnswerChoice(text, [], finish, null);
    }

    private static ToolCall[] Calls(ref SplitMix dice, Question question, string callPrefix)
    {
        if (question.Tools.Count == 0 || question.Wish == ToolWish.None || question.Conversation.EndsWithToolResult)
        {
            return [];
        }

        var wanted = Wanted(question);
        var calls = new ToolCall[question.ParallelTools ? wanted.Count : Math.Min(1, wanted.Count)];
        for (var i = 0; i < calls.Length; i++)
        {
            var arguments = wanted[i].Schema is { } schema ? SchemaValue.Make(schema, dice) : "{}"u8.ToArray();
            calls[i] = new ToolCall(dice.NextId(callPrefix, 24), wanted[i].Name, PiecedText.FromUtf8(arguments));
        }

        return calls;
    }

    private static List<ToolOffer> Wanted(Question question)
    {
        if (question.WishedTool is { } wished)
        {
            return [.. question.Tools.Where(tool => tool.Name == wished).Take(1)];
        }

        var said = question.Conversation.LastUserText;
        var named = question.Tools.Where(tool => ContainsWord(said, tool.Name)).ToList();
        var asked = question.Wish == ToolWish.Required
            || said.Contains("use the tool", StringComparison.OrdinalIgnoreCase);
        return named.Count == 0 && asked ? [question.Tools[0]] : named;
    }

    private static bool ContainsWord(string text, string word)
    {
        var at = word.Length == 0 ? -1 : text.IndexOf(word, StringComparison.OrdinalIgnoreCase);
        while (at >= 0)
        {
            var end = at + word.Length;
            if ((at == 0 || !char.IsLetterOrDigit(text[at - 1]))
                && (end == text.Length || !char.IsLetterOrDigit(text[end])))
            {
                return true;
            }

            at = text.IndexOf(word, at + 1, StringComparison.OrdinalIgnoreCase);
        }

        return false;
    }
}
