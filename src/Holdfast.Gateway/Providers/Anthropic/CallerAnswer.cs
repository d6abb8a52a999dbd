using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>Writes an OpenAI <c>chat.completion</c> as Anthropic's message.</summary>
internal static class CallerAnswer
{
    /// <param name="context">The call, as the caller sent it.</param>
    /// <param name="answer">A good answer in the hub's dialect: it has been read, or written by us.</param>
    /// <param name="output">Room for the message.</param>
    public static PlainAnswer Read(in AnswerContext context, in PlainAnswer answer, PooledBuffer output)
    {
        var start = output.Length;
        using var tape = new JsonTape(answer.Body.Length);
        try
        {
            var body = tape.ReadKnown(answer.Body.Span);
            var choices = body.Member("choices"u8).Items();
            if (!choices.Next())
            {
                return Failed("The provider's answer has no choices.");
            }

            Write(new JsonOutput(output), context, body, choices.Value, answer.Usage);
            return new PlainAnswer(output.WrittenMemory[start..], answer.Usage);
        }
        catch (JsonException)
        {
            return Failed("The provider's answer cannot be told as a message.");
        }
    }

    /// <summary>Tokens the way Anthropic tells them: those from its cache are not among the input's.</summary>
    public static void WriteUsage(JsonOutput output, in Usage usage)
    {
        output.BeginObject("usage"u8);
        output.Number("input_tokens"u8, Math.Max(0, usage.Input - usage.CachedInput - usage.CacheWrite));
        output.Number("cache_creation_input_tokens"u8, usage.CacheWrite);
        output.Number("cache_read_input_tokens"u8, usage.CachedInput);
        output.Number("output_tokens"u8, usage.Output);
        output.EndObject();
    }

    private static PlainAnswer Failed(string message) => new(default, default, Faults.BadAnswer(message));

    private static void Write(
        JsonOutput output, in AnswerContext context, JsonView body, JsonView choice, in Usage usage)
    {
        var message = choice.Member("message"u8);
        var finish = choice.Member("finish_reason"u8);
        output.BeginObject();
        WriteHead(output, context, body.Member("id"u8), body.Member("model"u8));
        output.BeginArray("content"u8);
        var reasoning = message.Member("reasoning_content"u8);
        WriteText(output, reasoning.IsString ? reasoning : message.Member("reasoning"u8), isThinking: true);
        WriteContent(output, message.Member("content"u8), isThinking: false);
        WriteText(output, message.Member("refusal"u8), isThinking: false);
        var calls = WriteCalls(output, message.Member("tool_calls"u8), isCut: finish.Says("length"u8));
        output.EndArray();
        output.Word("stop_reason"u8, CallerStopReasons.Of(finish, calls));
        output.Null("stop_sequence"u8);
        WriteUsage(output, usage);
        output.EndObject();
    }

    /// <summary>What a message, whole or streamed, begins with.</summary>
    public static void WriteHead(JsonOutput output, in AnswerContext context, JsonView id, JsonView model)
    {
        output.Name("id"u8);
        WriteName(output, id, context.Call.Id);
        output.Word("type"u8, "message"u8);
        output.Word("role"u8, "assistant"u8);
        output.Name("model"u8);
        WriteName(output, model, context.Model);
    }

    private static void WriteName(JsonOutput output, JsonView name, string otherwise)
    {
        if (!name.Text.IsEmpty)
        {
            output.Value(name);
            return;
        }

        output.BeginString();
        output.Escaped(Encoding.UTF8.GetBytes(otherwise));
        output.EndString();
    }

    /// <summary>A string, or a list of parts; Mistral's thoughts are lists inside of one.</summary>
    private static void WriteContent(JsonOutput output, JsonView content, bool isThinking)
    {
        WriteText(output, content, isThinking);
        var parts = content.IsArray ? content.Items() : default;
        while (parts.Next())
        {
            if (!isThinking)
            {
                WriteContent(output, parts.Value.Member("thinking"u8), isThinking: true);
            }

            WriteText(output, parts.Value.Member("text"u8), isThinking);
        }
    }

    private static void WriteText(JsonOutput output, JsonView text, bool isThinking)
    {
        if (text.Text.IsEmpty)
        {
            return;
        }

        output.BeginObject();
        output.Word("type"u8, isThinking ? "thinking"u8 : "text"u8);
        output.Value(isThinking ? "thinking"u8 : "text"u8, text);
        if (isThinking)
        {
            // Only Anthropic signs its thoughts.
            output.Word("signature"u8, ""u8);
        }

        output.EndObject();
    }

    /// <returns>Whether there is a call.</returns>
    private static bool WriteCalls(JsonOutput output, JsonView calls, bool isCut)
    {
        var any = false;
        var items = calls.IsArray ? calls.Items() : default;
        while (items.Next())
        {
            var function = items.Value.Member("function"u8);
            var id = items.Value.Member("id"u8);
            var name = function.Member("name"u8);
            if (!id.IsString || !name.IsString)
            {
                throw new JsonException("A call of a tool lacks its id or its name.");
            }

            var input = InputOf(function.Member("arguments"u8));
            if (input.IsEmpty && isCut)
            {
                // The limit of tokens struck inside the arguments: there is no call to be made of them.
                continue;
            }

            output.BeginObject();
            output.Word("type"u8, "tool_use"u8);
            output.Value("id"u8, id);
            output.Value("name"u8, name);
            output.Name("input"u8);
            output.Raw(input.IsEmpty ? throw new JsonException("A call's arguments are no object.") : input);
            output.EndObject();
            any = true;
        }

        return any;
    }

    /// <summary>The object in the string; empty where there is none.</summary>
    private static ReadOnlySpan<byte> InputOf(JsonView arguments)
    {
        if (arguments.IsObject)
        {
            return arguments.Raw;
        }

        if (arguments.IsMissing || (arguments.TryUnescape(out var text) && text.Trim(" \t\r\n"u8).IsEmpty))
        {
            return "{}"u8;
        }

        return arguments.TryUnescape(out text) && IsObject(text) ? text : default;
    }

    private static bool IsObject(ReadOnlySpan<byte> text)
    {
        using var tape = new JsonTape(text.Length);
        try
        {
            return tape.Read(text).IsObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
