using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>Writes an OpenAI <c>chat.completion</c> as a response.</summary>
internal static class ResponsesAnswer
{
    /// <param name="context">The call in the hub's dialect.</param>
    /// <param name="answer">A good answer in the hub's dialect: it has been read, or written by us.</param>
    /// <param name="output">Room for the response.</param>
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
                return Failed("the provider's answer has no choices");
            }

            var response = new ResponseObject(context);
            response.Name(body);
            var ending = ResponseEnding.Of(choices.Value.Member("finish_reason"u8));
            var json = new JsonOutput(output);
            response.Begin(json, ending.Status, ending.Reason);
            new ChoiceItems(response, json).Write(choices.Value, ending);
            response.End(json, answer.Usage);
            return new PlainAnswer(output.WrittenMemory[start..], answer.Usage);
        }
        catch (JsonException)
        {
            return Failed("the provider's answer cannot be told as a response");
        }
    }

    private static PlainAnswer Failed(string message) =>
        new(default, default, new ProviderFault(Outcome.BadAnswer, message) { Status = 200 });

    /// <summary>Writes the items of one choice.</summary>
    private ref struct ChoiceItems(ResponseObject response, JsonOutput output)
    {
        private int _index;

        public void Write(JsonView choice, ResponseEnding ending)
        {
            var message = choice.Member("message"u8);
            var content = message.Member("content"u8);
            var reasoning = message.Member("reasoning_content"u8);
            reasoning = reasoning.IsString ? reasoning : message.Member("reasoning"u8);
            using var texts = new PooledBuffer(64);
            using var thoughts = new PooledBuffer(64);
            Gather(content, texts, thoughts, isThinking: false);
            if (!reasoning.Text.IsEmpty || thoughts.Length > 0)
            {
                WriteReasoning(reasoning.Text.IsEmpty ? thoughts.WrittenSpan : reasoning.Text);
            }

            var calls = message.Member("tool_calls"u8);
            var anyCall = calls.IsArray && !calls.IsEmpty;
            var text = content.IsString ? content.Text : texts.WrittenSpan;
            var refusal = message.Member("refusal"u8);
            // An answer without anything is one too, and its reader looks for a text.
            if (!text.IsEmpty || !refusal.Text.IsEmpty || (!anyCall && ending.IsComplete))
            {
                var status = anyCall ? "completed"u8 : ending.Status;
                WriteMessage(text, refusal, choice.Member("logprobs"u8).Member("content"u8),
                    message.Member("annotations"u8), status);
            }

            if (anyCall)
            {
                WriteCalls(calls, ending);
            }
        }

        /// <summary>Puts the texts of a list of parts together; Mistral's thoughts are lists inside of one.</summary>
        private static void Gather(JsonView content, PooledBuffer texts, PooledBuffer thoughts, bool isThinking)
        {
            var parts = content.IsArray ? content.Items() : default;
            while (parts.Next())
            {
                (isThinking ? thoughts : texts).Write(parts.Value.Member("text"u8).Text);
                if (!isThinking)
                {
                    Gather(parts.Value.Member("thinking"u8), texts, thoughts, isThinking: true);
                }
            }
        }

        private void WriteReasoning(ReadOnlySpan<byte> text)
        {
            using var id = Id(ResponseObject.OwnReasoning);
            ResponseItems.BeginParts(output, AnswerPart.Thought, id.WrittenSpan, "completed"u8);
            ResponseItems.WritePart(output, AnswerPart.Thought, text, default);
            ResponseItems.EndParts(output);
        }

        private void WriteMessage(
            ReadOnlySpan<byte> text, JsonView refusal, JsonView tokens, JsonView annotations,
            ReadOnlySpan<byte> status)
        {
            using var id = Id("msg_"u8);
            ResponseItems.BeginParts(output, AnswerPart.Text, id.WrittenSpan, status);
            if (!text.IsEmpty || refusal.Text.IsEmpty)
            {
                using var logprobs = new PooledBuffer(64);
                ResponseItems.WriteLogprobs(new JsonOutput(logprobs), tokens);
                using var citations = new ResponseCitations();
                citations.AddAll(annotations, text);
                ResponseItems.WritePart(output, AnswerPart.Text, text, logprobs.WrittenSpan, citations.Written);
            }

            if (!refusal.Text.IsEmpty)
            {
                ResponseItems.WritePart(output, AnswerPart.Refusal, refusal.Text, default);
            }

            ResponseItems.EndParts(output);
        }

        private void WriteCalls(JsonView calls, ResponseEnding ending)
        {
            var items = calls.Items();
            var isMore = items.Next();
            while (isMore)
            {
                var call = items.Value;
                isMore = items.Next();
                var callId = call.Member("id"u8);
                var function = call.Member("function"u8);
                var name = function.Member("name"u8);
                var arguments = function.Member("arguments"u8);
                if (!name.IsString || (!arguments.IsString && !arguments.IsObject && !arguments.IsMissing))
                {
                    throw new JsonException("A call of a tool lacks its name, or has arguments that are none.");
                }

                using var id = Id("fc_"u8);
                // Some write the arguments as the object that they are.
                var text = arguments.IsObject ? ToolArguments.Escaped(arguments.Raw) : arguments.Text;
                ResponseItems.WriteCall(output, id.WrittenSpan, isMore ? "completed"u8 : ending.Status,
                    callId.Text.IsEmpty ? id.WrittenSpan : callId.Raw, name.Raw, text);
            }
        }

        private PooledBuffer Id(ReadOnlySpan<byte> prefix)
        {
            var id = new PooledBuffer(64);
            response.WriteItemId(new JsonOutput(id), prefix, _index++);
            return id;
        }
    }
}
