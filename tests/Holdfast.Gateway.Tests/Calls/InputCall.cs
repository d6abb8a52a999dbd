using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;

namespace Holdfast.Gateway.Tests.Calls;

/// <summary>Makes calls about an <c>input</c> as the OpenAI face does, from a body.</summary>
internal static class InputCall
{
    public static CallRequest Of(string body, Operation operation = Operation.Embeddings)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var face = operation == Operation.Embeddings ? OpenAiFace.Embeddings : OpenAiFace.Moderations;
        Assert.Null(face.TryRead(bytes, out var fields));
        return new CallRequest
        {
            Id = "req_1",
            Dialect = Dialect.OpenAi,
            Operation = operation,
            Body = bytes,
            Model = fields.Model,
            ModelValue = fields.ModelValue,
            ObjectStart = fields.ObjectStart,
            Inputs = fields.Inputs,
            WantsBase64 = fields.WantsBase64,
        };
    }
}
