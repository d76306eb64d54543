import { Heading } from "../ui/heading";

export function Missing({ notFound, message }: { notFound: boolean; message: string }) {
  return (
    <>
      <Heading focus>{notFound ? "This link leads nowhere" : "The interview could not be loaded"}</Heading>
      {notFound ? (
        <p className="lead">
          There is no interview here. Please check that the link is complete, or ask the people who
          sent it to you for a new one.
        </p>
      ) : (
        <>
          <p className="lead">{message}</p>
          <div className="row">
            <button type="button" className="button primary" onClick={() => window.location.reload()}>
              Try again
            </button>
          </div>
        </>
      )}
    </>
  );
}
